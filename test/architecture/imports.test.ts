/** Who may import what: the second net under `turbo boundaries` and the linter. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { packageOf, ROOT, type SourceFile, sourceFiles } from './tree.ts'

const isTest = (file: SourceFile) => /\.test\.ts$|\/contract\/|\/test-support\//.test(file.path)
const all = sourceFiles('libs', 'services', 'infra')
const production = all.filter((file) => !isTest(file) && !file.path.startsWith('libs/testing/'))

/** A driver and the only folders that may import it. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  nats: ['libs/bus/src/nats/'],
  ioredis: ['libs/store/src/redis/'],
  'node-vault': ['libs/store/src/vault/'],
  'rate-limiter-flexible': ['libs/store/src/memory/', 'libs/store/src/redis/'],
  pino: ['libs/service/src/'],
  yaml: ['libs/config/src/'],
  undici: ['services/proxy/src/', 'services/registry/src/', 'services/provider-bridge/src/upstream/'],
  'openid-client': ['services/provider-bridge/src/'],
  'oidc-provider': ['infra/demo/src/'],
  commander: ['services/gateway/src/'],
  eta: ['services/auth-server/src/', 'infra/demo/src/'],
}

/** What each library may import of the others. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  oauth: ['kernel'],
  contracts: ['kernel', 'oauth'],
  config: ['kernel'],
  bus: ['kernel'],
  store: ['kernel'],
  service: ['bus', 'config', 'contracts', 'kernel', 'store'],
}

describe('the source tree', () => {
  it('has the fixed top level', () => {
    const allowed =
      /^(package\.json|package-lock\.json|turbo\.json|tsconfig\.base\.json|tsconfig\.json|vitest\.config\.ts|biome\.json|knip\.json|README\.md|ARCHITECTURE\.md|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md|LICENSE|config\.example\.yaml|services|libs|infra|test|node_modules|coverage|data|\..*)$/
    expect(readdirSync(ROOT).filter((name) => !allowed.test(name))).toEqual([])
  })

  it('imports a driver only in the folder named for it', () => {
    const strays = production.flatMap((file) =>
      file.imports
        .map(packageOf)
        .filter((name) => name !== undefined && DRIVERS[name]?.every((folder) => !file.path.startsWith(folder)))
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(strays).toEqual([])
  })

  it('lets no service import another one; only the gateway composes them', () => {
    const services = readdirSync(`${ROOT}services`)
    const strays = all
      .filter((file) => file.path.startsWith('services/') && !file.path.startsWith('services/gateway/'))
      .flatMap((file) => {
        const own = file.path.split('/')[1]
        return file.imports
          .map(packageOf)
          .filter((name) => services.some((service) => service !== own && name === `@gateway/${service}`))
          .map((name) => `${file.path} imports ${name}`)
      })
    expect(strays).toEqual([])
  })

  it('lets each library import only what its row allows', () => {
    const strays = production
      .filter((file) => file.path.startsWith('libs/'))
      .flatMap((file) => {
        const library = file.path.split('/')[1] ?? ''
        const allowed = LIBRARIES[library] ?? []
        return file.imports
          .map(packageOf)
          .filter((name) => name?.startsWith('@gateway/') && !allowed.includes(name.slice('@gateway/'.length)))
          .map((name) => `${file.path} imports ${name}`)
      })
    expect(strays).toEqual([])
  })

  it('imports test helpers only in tests', () => {
    const strays = production.filter((file) => file.imports.some((name) => packageOf(name) === '@gateway/testing'))
    expect(strays.map((file) => file.path)).toEqual([])
  })
})

describe('a domain folder', () => {
  const domain = production.filter((file) => file.path.includes('/domain/'))

  it('exists in every service that owns aggregates', () => {
    const owners = ['auth-server', 'registry', 'token-issuer', 'provider-bridge']
    expect(owners.filter((name) => !domain.some((file) => file.path.startsWith(`services/${name}/`)))).toEqual([])
  })

  it('is pure: no I/O, no clock, no randomness', () => {
    const impure =
      /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.|\bfetch\(|setTimeout\(|randomBytes|randomUUID|newId\(|\bawait\b/
    const strays = domain.filter((file) => impure.test(file.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    expect(strays.map((file) => file.path)).toEqual([])
  })

  it('imports only shapes: kernel, contracts, oauth, the audit and commit types, zod', () => {
    const allowed = new Set([
      '@gateway/kernel',
      '@gateway/contracts',
      '@gateway/oauth',
      '@gateway/bus',
      '@gateway/config',
      'zod',
    ])
    const strays = domain.flatMap((file) =>
      file.imports
        .map(packageOf)
        .filter((name) => name !== undefined && !allowed.has(name))
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(strays).toEqual([])
  })
})
