/** The chart as Helm sees it, and as the schemas of Kubernetes do (`check.sh` beside it). */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const CHART = import.meta.dirname
const CHECK = join(CHART, 'check.sh')
const EXAMPLE = ['--values', join(CHART, 'example.values.yaml')]

/** On PATH, or where `check.sh` has put it. In CI it is fetched; on a desk a suite without it is skipped. */
function findHelm(): string | undefined {
  if (process.env['CI'] === 'true') return execFileSync(CHECK, ['tools'], { encoding: 'utf8' }).trim()
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(cache, 'mcp-oauth-gateway', 'helm')]
  return folders.map((folder) => join(folder, 'helm')).find((path) => existsSync(path))
}

const helm = findHelm()
if (!helm) process.stderr.write('SKIPPED: the Helm chart: no helm on PATH and none fetched by infra/helm/check.sh\n')

describe.skipIf(!helm)('the Helm chart', { timeout: 180_000 }, () => {
  const run = (...args: readonly string[]) => execFileSync(helm ?? '', args, { encoding: 'utf8', stdio: 'pipe' })
  const render = (...args: readonly string[]) =>
    run('template', 'gateway', CHART, '--kube-version', '1.33.0', ...EXAMPLE, ...args).split(/^---$/m)
  const ofKind = (kind: string, documents: readonly string[]) =>
    documents.filter((text) => text.includes(`\nkind: ${kind}\n`))

  it('passes the strict lint, and is valid for the oldest and the newest Kubernetes that is named', () => {
    const said = execFileSync(CHECK, { encoding: 'utf8', stdio: 'pipe' })
    expect(said).toContain('0 chart(s) failed')
    expect(said.match(/valid for Kubernetes \S+/g)).toEqual(['valid for Kubernetes 1.27', 'valid for Kubernetes 1.33'])
  })

  it('gives every service its own Deployment, budget, policy and account', () => {
    const documents = render()
    const kinds = ['Deployment', 'PodDisruptionBudget', 'NetworkPolicy', 'ServiceAccount', 'Service']
    expect(kinds.filter((kind) => ofKind(kind, documents).length !== 5)).toEqual([])
  })

  it('runs nothing as root, with a writable root file system or with a token of Kubernetes', () => {
    const documents = render()
    const pods = [...ofKind('Deployment', documents), ...ofKind('Job', documents)]
    expect(pods).toHaveLength(6)
    for (const pod of pods) {
      expect(pod).toContain('runAsNonRoot: true')
      expect(pod).toContain('readOnlyRootFilesystem: true')
      expect(pod).toContain('automountServiceAccountToken: false')
    }
  })

  it('mounts in each service its own secrets only, and puts none into the configuration', () => {
    const deployments = ofKind('Deployment', render())
    const mounted = deployments.flatMap((text) => text.match(/(?<=secretName: )\S+(?=,)/g) ?? [])
    expect(mounted).toEqual(
      ['auth-server', 'provider-bridge', 'proxy', 'registry', 'token-issuer'].map((name) => `gateway-secrets-${name}`),
    )
  })

  it('sends the authorization server what the edge sends it', () => {
    const [ingress = ''] = ofKind('Ingress', render())
    const routes = [...ingress.matchAll(/path: "?([^",]+)"?, .*"name":"gateway-([a-z-]+)"/g)]
    expect(Object.fromEntries(routes.map(([, path, service]) => [path, service]))).toEqual({
      '/calculator/mcp/.well-known': 'auth-server',
      '/.well-known/oauth-protected-resource': 'proxy',
      '/oauth': 'auth-server',
      '/account': 'auth-server',
      '/schemas': 'auth-server',
      '/.well-known': 'auth-server',
      '/': 'proxy',
    })
  })

  it('is not rendered without an issuer', () => {
    expect(() => render('--set', 'config.issuer=')).toThrow('config.issuer is required')
  })
})
