/** Logins as an operator sets them up at the server, with exactly the policy that the README gives. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { newId, Secret } from '@gateway/kernel'
import { makeCertificates, type VaultServer } from '@gateway/testing'
import { expect, onTestFinished } from 'vitest'
import type { VaultOptions } from '../options.ts'

/** The smallest policy that works, as documented, for another folder. */
async function documentedPolicy(folder: string): Promise<string> {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, policy = ''] = /```hcl\n([\s\S]*?)```/.exec(readme) ?? []
  expect(policy).toContain('secret/data/mcp-gateway/*')
  return policy.replaceAll('mcp-gateway', folder)
}

interface Lives {
  readonly token_ttl?: string
  readonly token_max_ttl?: string
}

/** A folder, a policy for it of the same name, and what all logins share. */
export async function prepare(server: VaultServer, namespace?: string): Promise<Omit<VaultOptions, 'auth_method'>> {
  const folder = `test-${newId()}`
  const options = namespace === undefined ? {} : { namespace }
  await server.ask('POST', `sys/policies/acl/${folder}`, { policy: await documentedPolicy(folder) }, options)
  return { url: server.address, mount_point: 'secret', path_prefix: folder, verify_ssl: true, timeout: 2, ...options }
}

export async function appRole(server: VaultServer, lives: Lives = {}, namespace?: string): Promise<VaultOptions> {
  const settings = await prepare(server, namespace)
  const options = namespace === undefined ? {} : { namespace }
  const mount = `approle-${newId()}`
  const role = `auth/${mount}/role/gateway`
  await server.ask('POST', `sys/auth/${mount}`, { type: 'approle' }, options)
  await server.ask('POST', role, { token_policies: settings.path_prefix, ...lives }, options)
  const { data: id } = await server.ask('GET', `${role}/role-id`, undefined, options)
  const { data: secret } = await server.ask('POST', `${role}/secret-id`, {}, options)
  return {
    ...settings,
    auth_method: 'approle',
    auth_mount_point: mount,
    role_id: String(id?.['role_id']),
    secret_id: new Secret(String(secret?.['secret_id'])),
  }
}

export async function revokeAll(server: VaultServer, { auth_mount_point: mount }: VaultOptions): Promise<void> {
  await server.ask('POST', `sys/leases/revoke-prefix/auth/${mount}`, {})
}

/** Kubernetes as far as Vault asks it: whose token is this? */
export async function startTokenReviews(account = 'gateway'): Promise<{ url: string; reviewed: string[] }> {
  const reviewed: string[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      reviewed.push((body as { spec: { token: string } }).spec.token)
      const user = { username: `system:serviceaccount:apps:${account}`, uid: 'u1', groups: ['system:serviceaccounts'] }
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' }
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...review, status: { authenticated: true, user } }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, reviewed }
}

export async function kubernetes(server: VaultServer, clusterUrl: string): Promise<VaultOptions> {
  const settings = await prepare(server)
  const mount = `kubernetes-${newId()}`
  await server.ask('POST', `sys/auth/${mount}`, { type: 'kubernetes' })
  const certificates = await makeCertificates()
  onTestFinished(() => certificates.remove())
  await server.ask('POST', `auth/${mount}/config`, {
    kubernetes_host: clusterUrl,
    kubernetes_ca_cert: await readFile(certificates.authority, 'utf8'),
    token_reviewer_jwt: serviceAccountToken('vault'),
    disable_local_ca_jwt: true,
  })
  await server.ask('POST', `auth/${mount}/role/gateway`, {
    bound_service_account_names: 'gateway',
    bound_service_account_namespaces: 'apps',
    token_policies: settings.path_prefix,
  })
  const folder = await mkdtemp(join(tmpdir(), 'gateway-jwt-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'token'), serviceAccountToken('gateway'))
  return {
    ...settings,
    auth_method: 'kubernetes',
    auth_mount_point: mount,
    role: 'gateway',
    jwt_path: join(folder, 'token'),
  }
}

/** Its signature is for the cluster to judge. */
function serviceAccountToken(account: string): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: 'https://kubernetes.default.svc',
    sub: `system:serviceaccount:apps:${account}`,
    iat: now,
    nbf: now,
    exp: now + 3_600,
    'kubernetes.io': { namespace: 'apps', serviceaccount: { name: account, uid: 'u1' } },
  }
  return `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}.${Buffer.from('signature').toString('base64url')}`
}
