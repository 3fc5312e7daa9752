export { createApp, createProxy, type ProxyApp } from './app.ts'
