/**
 * Keeps the store of infra/compose.vault.yml open. The first time: initialises it, mounts KV version 2, makes a token that may do
 * no more than the gateway needs (libs/store/README.md), and revokes the root token. Ever after: unseals it when it is sealed.
 * The unseal key stands in a volume that no other container mounts; the token in one that the services read.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

const ADDRESS = process.env.VAULT_ADDR ?? 'http://vault:8200'
const KEY_FILE = '/keeper/unseal_key'
/** Until the store is furnished. */
const ROOT_FILE = '/keeper/root_token'
const TOKEN_FILE = '/token/vault_token'
const EVERY_MS = 2_000
const YEAR = '8760h'

const POLICY = `
path "secret/data/mcp-gateway/*"     { capabilities = ["create", "read", "update"] }
path "secret/metadata/mcp-gateway/*" { capabilities = ["create", "update", "list", "delete"] }
`

const say = (text) => void process.stdout.write(`${text}\n`)

async function ask(method, path, body, token) {
  const headers = token === undefined ? {} : { 'X-Vault-Token': token }
  const answer = await fetch(`${ADDRESS}/v1/${path}`, { method, headers, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? {} : answer.json()
}

/** Whole or not at all: half a key would be kept for ever. */
function keep(file, text, mode) {
  writeFileSync(`${file}.new`, text, { mode })
  renameSync(`${file}.new`, file)
}

async function unseal() {
  await ask('PUT', 'sys/unseal', { key: readFileSync(KEY_FILE, 'utf8') })
  say('unsealed')
}

async function initialise() {
  const { keys_base64, root_token } = await ask('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  keep(KEY_FILE, keys_base64[0], 0o400)
  keep(ROOT_FILE, root_token, 0o400)
}

/** Each step may be repeated, so that a keeper killed in the middle goes on. */
async function furnish() {
  const root = readFileSync(ROOT_FILE, 'utf8')
  const mounts = await ask('GET', 'sys/mounts', undefined, root)
  if (!('secret/' in mounts)) await ask('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } }, root)
  await ask('PUT', 'sys/policies/acl/mcp-gateway', { policy: POLICY }, root)
  const request = { policies: ['mcp-gateway'], period: YEAR, display_name: 'mcp-gateway' }
  const { auth } = await ask('POST', 'auth/token/create-orphan', request, root)
  keep(TOKEN_FILE, auth.client_token, 0o444)
  await ask('POST', 'auth/token/revoke-self', {}, root)
  rmSync(ROOT_FILE)
  say('initialised; the root token is revoked')
}

async function look() {
  const { initialized, sealed } = await ask('GET', 'sys/seal-status')
  if (!initialized) await initialise()
  if (!initialized || sealed) await unseal()
  if (!existsSync(TOKEN_FILE)) await furnish()
}

for (;;) {
  await look().catch((error) => say(error.cause?.code ?? error.message))
  await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
}
