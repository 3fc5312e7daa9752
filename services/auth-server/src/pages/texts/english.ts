/** English: the shape of every translation, and what is shown where no other language is asked for. */
import type { Problem, ProblemCode } from '../texts.ts'

const startAgain = 'Go back to your app and connect again.'
const developer = 'The app must be corrected; its developer can do that.'
const notYou = 'If you did not start this yourself, close this page. Otherwise go back to your app and connect again.'
const usedAlready: Problem = {
  title: 'This sign-in was already used',
  happened: 'The page was loaded again, or reached with the back button. Each sign-in counts once.',
  mend: 'If your app is connected, you can close this page. Otherwise go back to it and connect again.',
}

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
  metadata_document_denied: {
    title: 'This app is not allowed here',
    happened: 'Whoever runs this gateway does not accept apps from the place that this app names as its own.',
    mend: 'The operator of this gateway can allow it.',
  },
  metadata_document_invalid: {
    title: 'The app’s description cannot be used',
    happened:
      'The document in which this app describes itself is missing or contains something that is not acceptable.',
    mend: developer,
  },
  metadata_document_unreachable: {
    title: 'The app’s description cannot be read',
    happened: 'The place at which this app describes itself does not answer at the moment.',
    mend: 'Try again in a few minutes. If it goes on, the app’s developer can help.',
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
  pushed_request_invalid: {
    title: 'This link is too old',
    happened: 'The request that your app prepared has been used already, or was not used in time.',
    mend: startAgain,
  },
  request_malformed: {
    title: 'This request cannot be read',
    happened: 'What your browser sent is incomplete or too large.',
    mend: startAgain,
  },
  too_many_requests: {
    title: 'Too many attempts',
    happened: 'More has been asked from your network in a short time than this gateway answers.',
    mend: 'Wait a minute, then try again.',
  },
  cross_site: {
    title: 'This came from another site',
    happened: 'Your answer was sent from a page that is not ours, so it does not count.',
    mend: notYou,
  },
  envelope_invalid: {
    title: 'This page is too old',
    happened: 'It was open for more than ten minutes, or it was opened in another browser.',
    mend: startAgain,
  },
  account_form_invalid: {
    title: 'This page is too old',
    happened: 'You have signed in or out since it was opened, so nothing was changed.',
    mend: 'Open your account again and repeat what you wanted to do.',
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
    mend: notYou,
  },
  login_invalid: {
    title: 'This sign-in took too long',
    happened: 'It was begun more than ten minutes ago and is no longer accepted.',
    mend: startAgain,
  },
  login_repeated: usedAlready,
  authorization_repeated: usedAlready,
  login_failed: {
    title: 'The sign-in did not work',
    happened: 'The answer of the identity provider could not be accepted.',
    mend: 'Try again. If it happens again, the operator of this gateway can find the reason by the request id below.',
  },
  login_denied: {
    title: 'You did not sign in',
    happened: 'The identity provider says that the sign-in was cancelled.',
    mend: 'Nothing was changed. You can sign in whenever you like.',
  },
  user_denied: {
    title: 'You have no access',
    happened: 'You are signed in, but your account is not among those that may use this service.',
    mend: 'The operator of this gateway can let you in. You can also use another account.',
  },
  user_blocked: {
    title: 'Your account is blocked',
    happened: 'The operator of this gateway has blocked your account.',
    mend: 'Only the operator can lift the block.',
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
    verifiedHost: (host: string) => `Verified: ${host}`,
    returnsTo: 'Sends you back to',
    service: 'Service',
    account: 'Your account',
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
    },
    serviceScope: (service: string) => `In ${service}:`,
    deny: 'Deny',
    approve: 'Allow',
    approveOther: 'Allow with another account',
    next: 'You sign in on the next page. The app never sees your password.',
    nextSignedIn: 'You can take this back at any time in your account.',
  },
  hop: {
    toProvider: (provider: string) => `Continuing to ${provider}`,
    toProviderNote: 'You are being taken to the sign-in.',
    toClient: (client: string) => `Back to ${client}`,
    toClientDenied: 'You refused, and nothing was shared. You are being taken back.',
    toClientAllowed: 'You allowed it. You are being taken back.',
    signedOut: 'You are signed out here',
    signedOutNote: 'Now the identity provider is asked to sign you out as well.',
    link: 'Continue',
    hint: 'If nothing happens, use the button.',
  },
  account: {
    title: 'Your account',
    signedOut: 'See which apps you have connected, and disconnect them.',
    signIn: 'Sign in',
    signOut: 'Sign out',
    apps: 'Connected apps',
    noApps: 'No app is connected.',
    unknownClient: 'An app that is no longer registered',
    unknownService: 'a service that no longer exists',
    uses: (service: string) => `uses ${service}`,
    connections: (count: number) => `${count} connections`,
    since: 'Connected',
    lastUsed: 'Last renewed',
    disconnect: 'Disconnect',
    disconnectApp: (client: string) => `Disconnect ${client}`,
    disconnectAll: 'Disconnect all apps',
    sessions: 'Where you are signed in',
    unknownBrowser: 'A browser',
    thisBrowser: 'this browser',
    signedInAt: 'Signed in',
    active: 'Last seen',
    end: 'Sign out there',
    endOthers: 'Sign out everywhere else',
  },
  problem: {
    retry: 'Try again',
    another: 'Use another account',
    back: 'Back to the app',
    account: 'Your account',
    contact: 'Who can help:',
    requestId: 'Request id',
  },
  problems,
} as const
