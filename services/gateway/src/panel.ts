/** What the demo prints once it serves: where it is, how to connect to it, and every step by hand. Pure text. */

export interface PanelInput {
  readonly version: string
  /** The gateway's origin. */
  readonly issuer: string
  readonly providerUrl: string
  readonly calculatorUrl: string
  readonly internalUrl: string
  /** Goes with commands that must find this demo among others; empty for the usual port. */
  readonly portFlag: string
  readonly colour: boolean
}

const RULE = '─'.repeat(78)

export function panel(input: PanelInput): string {
  const paint = (code: string, text: string) => (input.colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const bold = (text: string) => paint('1', text)
  const dim = (text: string) => paint('2', text)
  const url = `${input.issuer}/calculator/mcp`
  const lines = [
    '',
    `${bold(`MCP OAuth Gateway ${input.version}`)}  ${paint('1;33', 'DEMO')}`,
    dim(RULE),
    'Paste this URL into any MCP client:',
    '',
    `    ${paint('1;36', url)}`,
    '',
    ...connecting(url).map(([who, how]) => `  ${bold(who.padEnd(14))}${how}`),
    '',
    bold('Watch what happens'),
    `    npx gateway audit tail${input.portFlag}`,
    '',
    bold('Every step by hand'),
    ...steps(input.issuer).flatMap(([title, ...commands], index) => [
      `  ${dim(`${index + 1}`)} ${title}`,
      ...commands.map((command) => `    ${command}`),
    ]),
    '',
    dim(RULE),
    `${paint('1;33', 'This is a demo.')} It listens on this machine only, anybody here can sign in as one of its invented`,
    'people, and everything is in memory: all is lost when it stops.',
    dim(
      `Identity provider ${input.providerUrl} · calculator ${input.calculatorUrl}/mcp · metrics ${input.internalUrl}/metrics`,
    ),
    `Your own servers: cp config.example.yaml config.yaml, edit it, npm start -- --config config.yaml`,
    'Ctrl-C stops it.',
    '',
  ]
  return `${lines.join('\n')}\n`
}

function connecting(url: string): readonly (readonly [string, string])[] {
  return [
    ['Claude Code', `claude mcp add --transport http calculator ${url}`],
    ['VS Code', `code --add-mcp '${JSON.stringify({ name: 'calculator', type: 'http', url })}'`],
    ['Inspector', `npx @modelcontextprotocol/inspector --cli ${url} --transport http --method tools/list`],
  ]
}

type Step = readonly [title: string, ...commands: string[]]

/** Nothing but curl, openssl and the Node that is here; each line uses what the lines before it set. */
function steps(issuer: string): readonly Step[] {
  const url = `${issuer}/calculator/mcp`
  const callback = 'http://localhost:9999/callback'
  const query = new URLSearchParams({
    response_type: 'code',
    redirect_uri: callback,
    code_challenge_method: 'S256',
    resource: url,
    scope: 'read calculate',
    state: 'mine',
  })
  const json = (key: string) => `node -p 'JSON.parse(fs.readFileSync(0)).${key}'`
  const token = `curl -s ${issuer}/oauth/token -d client_id=$CLIENT`
  return [
    ['A call without a token: 401, and where to go', `curl -i ${url}`],
    [
      'What protects it, who issues tokens, with which keys',
      `curl ${issuer}/.well-known/oauth-protected-resource/calculator/mcp`,
      `curl ${issuer}/.well-known/oauth-authorization-server`,
      `curl ${issuer}/.well-known/jwks.json`,
    ],
    [
      'Register a client',
      `CLIENT=$(curl -s ${issuer}/oauth/register -d client_name=curl -d token_endpoint_auth_method=none -d grant_types=authorization_code -d grant_types=refresh_token -d redirect_uris=${callback} | ${json('client_id')})`,
    ],
    [
      'Open what this prints in a browser; consent, sign in, and copy the code from the address bar (that page does not load)',
      `VERIFIER=$(openssl rand -hex 32)`,
      `CHALLENGE=$(printf %s $VERIFIER | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d =)`,
      `echo "${issuer}/oauth/authorize?${query.toString()}&client_id=$CLIENT&code_challenge=$CHALLENGE"`,
    ],
    [
      'Redeem the code',
      `CODE=paste-it-here`,
      `TOKENS=$(${token} -d grant_type=authorization_code -d code=$CODE -d code_verifier=$VERIFIER -d redirect_uri=${callback} -d resource=${url}); echo $TOKENS`,
      `ACCESS=$(echo $TOKENS | ${json('access_token')}); REFRESH=$(echo $TOKENS | ${json('refresh_token')})`,
    ],
    [
      'Call a tool: the backend says who it was told you are',
      `curl ${url} -H "Authorization: Bearer $ACCESS" -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: whoami' -d '${JSON.stringify(whoAmI)}'`,
    ],
    [
      'Refresh, revoke, and see the access token refused',
      `${token} -d grant_type=refresh_token -d refresh_token=$REFRESH`,
      `curl -i ${issuer}/oauth/revoke -d client_id=$CLIENT -d token=$REFRESH`,
      `curl -i ${url} -H "Authorization: Bearer $ACCESS"`,
    ],
  ]
}

/** A call of the stateless era: nothing has to be opened first. */
const whoAmI = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'whoami',
    arguments: {},
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'curl', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
}
