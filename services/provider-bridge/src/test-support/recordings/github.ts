/** GitHub: `GET /user` of an account without a public e-mail, `/user/emails`, `/user/orgs`, and the errors of its token endpoint. */
import type { Answer, Recording } from '../recorded-provider.ts'

export const github: Recording = {
  paths: { token: '/login/oauth/access_token', userinfo: '/user' },
  tokenAnswer: { token_type: 'bearer', scope: 'read:user,user:email' },
  userinfo: {
    login: 'octocat',
    id: 583231,
    node_id: 'MDQ6VXNlcjU4MzIzMQ==',
    avatar_url: 'https://avatars.githubusercontent.com/u/583231?v=4',
    type: 'User',
    site_admin: false,
    name: 'The Octocat',
    company: '@github',
    email: null,
  },
  answers: {
    '/user/emails': {
      body: [
        { email: 'old@example.org', primary: false, verified: true, visibility: null },
        { email: 'octocat@example.com', primary: true, verified: true, visibility: 'private' },
        { email: '583231+octocat@users.noreply.github.com', primary: false, verified: true, visibility: null },
      ],
    },
    '/user/orgs?per_page=100': {
      body: [
        { login: 'github', id: 9919 },
        { login: 'octo-org', id: 1 },
      ],
    },
  },
}

/** Status 200, all of them. */
export const githubErrors = {
  code: {
    body: {
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
      error_uri: 'https://docs.github.com/apps/troubleshooting-authorization-request-errors/',
    },
  },
  refreshToken: {
    body: { error: 'bad_refresh_token', error_description: 'The refresh token passed is incorrect or expired.' },
  },
  secret: {
    body: {
      error: 'incorrect_client_credentials',
      error_description: 'The client_id and/or client_secret passed are incorrect.',
    },
  },
} satisfies Record<string, Answer>

export const githubBadCredentials: Answer = {
  status: 401,
  body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
}
