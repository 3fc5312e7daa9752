/** The one who speaks with the identity provider: logins, people, and whether they may still. */
export { createApp } from './app.ts'
