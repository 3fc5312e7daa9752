/** Every word that a person reads, in one place and by key, so that a translation is one more object of this shape. */
import type { ShownCode } from '../refusals.ts'

/** What a problem page says: what happened, and what mends it or who can. */
export interface Problem {
  readonly title: string
  readonly happened: string
  readonly mend: string
}

/** Beside the refusals: what is no refusal. */
export type ProblemCode = ShownCode | 'unavailable' | 'provider_unavailable' | 'unexpected'

const startAgain = 'Go back to your app and connect again.'
const developer = 'The app must be corrected; its developer can do that.'

const problems = {
  client_id_missing: {
    title: 'The app did not say who it is',
    happened: 'The link that brought you here names no app (client_id).',
    mend: developer,
  },
  client_id_repeated: {
    title: 'The app did not say who it is',
    happened: 'The link that brought you here names more than one app (client_id).',
    mend: developer,
  },
  client_not_found: {
    title: 'This app is not known here',
    happened: 'The app that sent you is not registered, or no longer: registrations that are not used expire.',
    mend: 'Remove the connection in your app and add it again, so that it registers anew.',
  },
  redirect_uri_missing: {
    title: 'The app did not say where to send you back',
    happened: 'The link that brought you here has no return address (redirect_uri).',
    mend: developer,
  },
  redirect_uri_repeated: {
    title: 'The app did not say where to send you back',
    happened: 'The link that brought you here has more than one return address (redirect_uri).',
    mend: developer,
  },
  redirect_uri_unregistered: {
    title: 'The return address is not the app’s own',
    happened:
      'The link that brought you here wants you sent back to an address that this app never registered. You were not sent there.',
    mend: 'If you did not start this yourself, close this page. Otherwise remove the connection in your app and add it again.',
  },
  request_malformed: {
    title: 'This request cannot be read',
    happened: 'What your browser sent is incomplete or too large.',
    mend: startAgain,
  },
  cross_site: {
    title: 'This came from another site',
    happened: 'Your answer was sent from a page that is not ours, so it does not count.',
    mend: `If you did not start this yourself, close this page. Otherwise: ${startAgain.toLowerCase()}`,
  },
  envelope_invalid: {
    title: 'This page is too old',
    happened: 'It was open for more than ten minutes, or it was opened in another browser.',
    mend: startAgain,
  },
  decision_missing: {
    title: 'Neither yes nor no',
    happened: 'Your browser did not send which button you chose.',
    mend: 'Go back and choose again.',
  },
  login_unbound: {
    title: 'This sign-in was not started in this browser',
    happened:
      'Nobody allowed anything in this browser that this sign-in could belong to, or it took longer than ten minutes. If somebody sent you this link, they may be after your account.',
    mend: `If you did not start this yourself, close this page. Otherwise: ${startAgain.toLowerCase()}`,
  },
  login_invalid: {
    title: 'This sign-in took too long',
    happened: 'It was begun more than ten minutes ago and is no longer accepted.',
    mend: startAgain,
  },
  login_repeated: {
    title: 'This sign-in was already used',
    happened: 'The page was loaded again, or reached with the back button. Each sign-in counts once.',
    mend: `If your app is connected, you can close this page. Otherwise: ${startAgain.toLowerCase()}`,
  },
  authorization_repeated: {
    title: 'This sign-in was already used',
    happened: 'The page was loaded again, or reached with the back button. Each sign-in counts once.',
    mend: `If your app is connected, you can close this page. Otherwise: ${startAgain.toLowerCase()}`,
  },
  login_failed: {
    title: 'The sign-in did not work',
    happened: 'The answer of the identity provider could not be accepted.',
    mend: 'Try again. If it happens again, the operator of this gateway can find the reason by the request id below.',
  },
  unavailable: {
    title: 'Something is not answering',
    happened: 'A part of this gateway is down at the moment. Nothing was lost.',
    mend: 'Try again in a few seconds. If it goes on, the operator of this gateway can help.',
  },
  provider_unavailable: {
    title: 'The identity provider is not answering',
    happened: 'This gateway works, but the service at which you sign in does not answer at the moment.',
    mend: 'Try again in a few seconds. If it goes on, whoever runs the identity provider can help.',
  },
  unexpected: {
    title: 'Something went wrong',
    happened: 'This gateway met a condition that it was not made for.',
    mend: 'Try again. If it happens again, the operator of this gateway can find the reason by the request id below.',
  },
} as const satisfies Record<ProblemCode, Problem>

export const english = {
  lang: 'en',
  consent: {
    title: (client: string, service: string) => `Allow ${client} to use ${service}?`,
    unnamed: 'An app without a name',
    unverified: 'Unverified app',
    unverifiedNote: 'The app chose its name itself. Nobody has checked who made it.',
    verified: 'Known app',
    returnsTo: 'Sends you back to',
    service: 'Service',
    loopback: 'an app on this computer',
    local: 'an app on this device',
    warnLocalTitle: 'Did you start this just now?',
    warnLocal:
      'The answer goes to a program on your own device. Go on only if you have just connected that program yourself.',
    scopes: (client: string) => `What ${client} may do`,
    noScopes: 'Use the service on your behalf',
    scope: {
      openid: 'Know who you are, by your account’s id',
      profile: 'See your name and your picture',
      email: 'See your e-mail address',
      offline_access: 'Stay connected while you are away',
    } as Readonly<Record<string, string>>,
    serviceScope: (service: string) => `In ${service}:`,
    deny: 'Deny',
    approve: 'Allow',
    next: 'You sign in on the next page. The app never sees your password.',
  },
  hop: {
    toProvider: (provider: string) => `Continuing to ${provider}`,
    toProviderNote: 'You are being taken to the sign-in.',
    toClient: (client: string) => `Back to ${client}`,
    toClientNote: 'You refused, and nothing was shared. You are being taken back.',
    link: 'Continue',
    hint: 'If nothing happens, use the button.',
  },
  problem: {
    retry: 'Try again',
    back: 'Back to the app',
    requestId: 'Request id',
  },
  problems,
} as const

export type Texts = typeof english
