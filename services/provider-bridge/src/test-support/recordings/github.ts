/**
 * GitHub: `GET /user` of an account without a public e-mail, `/user/emails`, `/user/orgs`, `/user/teams`, its lists of many pages,
 * and the errors of its token endpoint and API.
 */
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
    '/user/emails?per_page=100': {
      body: [
        { email: 'old@example.org', primary: false, verified: true, visibility: null },
        { email: 'octocat@example.com', primary: true, verified: true, visibility: 'private' },
        { email: '583231+octocat@users.noreply.github.com', primary: false, verified: true, visibility: null },
      ],
    },
    '/user/orgs?per_page=100': {
      body: [
        {
          login: 'github',
          id: 9919,
          node_id: 'MDEyOk9yZ2FuaXphdGlvbjk5MTk=',
          description: 'How people build software.',
        },
        { login: 'octo-org', id: 1, node_id: 'MDEyOk9yZ2FuaXphdGlvbjE=', description: '' },
      ],
    },
    '/user/teams?per_page=100': {
      body: [
        {
          id: 1,
          node_id: 'MDQ6VGVhbTE=',
          name: 'Justice League',
          slug: 'justice-league',
          privacy: 'closed',
          permission: 'admin',
          members_count: 3,
          organization: { login: 'octo-org', id: 1, type: 'Organization' },
          parent: null,
        },
      ],
    },
  },
}

/** Page `page` of `pages` of a list: the pages after the first are named by the account's number, as GitHub does. */
export function organisationsPage(
  origin: string,
  page: number,
  pages: number,
): readonly [path: string, answer: Answer] {
  const at = (number: number) =>
    number === 1 ? '/user/orgs?per_page=100' : `/user/583231/orgs?per_page=100&page=${number}`
  const link = (number: number, relation: string) => `<${origin}${at(number)}>; rel="${relation}"`
  const forward = page < pages ? [link(page + 1, 'next'), link(pages, 'last')] : []
  const backward = page > 1 ? [link(1, 'first'), link(page - 1, 'prev')] : []
  const length = page < pages ? 100 : 7
  const body = Array.from({ length }, (_, index) => ({ login: `org-${page}-${index}`, id: page * 1000 + index }))
  return [at(page), { headers: { link: [...backward, ...forward].join(', ') }, body }]
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

/** Of an organisation that wants a session of its own sign-on for it, which the token does not have. */
export const githubSsoRequired: Answer = {
  status: 403,
  headers: { 'x-github-sso': 'required; url=https://github.com/orgs/octo-org/sso?authorization_request=x' },
  body: {
    message:
      'Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.',
    documentation_url:
      'https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/',
    status: '403',
  },
}

/** Of a token that has ended already, at the address where tokens are ended. */
export const githubUnknownToken: Answer = {
  status: 422,
  body: {
    message: 'Validation Failed',
    errors: [{ resource: 'OauthAccess', code: 'not_found', field: 'token' }],
    documentation_url: 'https://docs.github.com/rest/apps/oauth-applications#delete-an-app-token',
  },
}
