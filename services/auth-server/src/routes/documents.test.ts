import { auditTypes, jwks } from '@gateway/contracts'
import { Unavailable } from '@gateway/kernel'
import { testConfig, testDeps } from '@gateway/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Context } from '../context.ts'
import { routesOf } from '../routes.ts'
import { calculator } from '../test-support/neighbours.ts'
import { setStage } from '../test-support/stage.ts'

async function stage() {
  const deps = await testDeps()
  const made = await setStage(deps, { services: [calculator, { ...calculator, id: 'mail.v2', scopes: ['send'] }] })
  onTestFinished(() => made.close())
  return { deps, made }
}

const FORMS = ['oauth-authorization-server', 'openid-configuration'].flatMap((name) => [
  `/.well-known/${name}`,
  `/.well-known/${name}/calculator/mcp`,
  `/calculator/mcp/.well-known/${name}`,
  `/.well-known/${name}/mail.v2/mcp`,
])

describe('the metadata', () => {
  it.each(FORMS)('200: one document with the configured issuer at %s (A2, A3, pain-5, pain-7)', async (path) => {
    const { made } = await stage()
    // Another name of this machine is served, and does not become the issuer.
    const headers = {
      host: '127.0.0.1:9',
      forwarded: 'host=evil.example;proto=https',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    }
    const answer = await made.send(path, { headers })
    expect([answer.status, answer.json['issuer']]).toEqual([200, made.issuer])
    expect(answer.json).toMatchObject({
      authorization_endpoint: `${made.issuer}/oauth/authorize`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      scopes_supported: ['openid', 'profile', 'email', 'offline_access', 'read', 'calculate', 'send'],
    })
    expect(answer.json).toEqual((await made.send(FORMS[0] ?? '')).json)
  })

  it('advertises every endpoint for programs that exists, and no other (original-14)', async () => {
    const { deps, made } = await stage()
    const { json } = await made.send('/.well-known/oauth-authorization-server')
    const advertised = Object.entries(json)
      .filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
      .map(([, url]) => new URL(String(url)).pathname)
    const served = new Set(routesOf(deps as unknown as Context).map(({ url }) => url))
    // What people's browsers meet, what is found by other names, and what a registration answers with.
    const elsewhere = (url: string) =>
      /^\/account|^\/oauth\/(consent|callback|register\/:client_id)$|^\/schemas\/|gateway-assertion|well-known\/(oauth|openid)/.test(
        url,
      )
    expect(advertised.toSorted()).toEqual([...served].filter((url) => !elsewhere(url)).toSorted())
  })

  it('does not advertise registration and metadata documents where the operator has closed them', async () => {
    const registration = { dynamic: { enabled: false }, metadata_documents: { enabled: false } }
    const made = await setStage(await testDeps({ config: testConfig({ registration }) }))
    onTestFinished(() => made.close())
    const { json } = await made.send('/.well-known/oauth-authorization-server')
    expect(json).not.toHaveProperty('registration_endpoint')
    expect(json).not.toHaveProperty('client_id_metadata_document_supported')
  })

  it('follows a reload', async () => {
    let reload: ((config: ReturnType<typeof testConfig>) => void | Promise<void>) | undefined
    const reloads = {
      subscribe(listener: typeof reload) {
        reload = listener
        return () => undefined
      },
    }
    const made = await setStage(await testDeps({ reloads }))
    onTestFinished(() => made.close())
    const read = async () => (await made.send('/.well-known/oauth-authorization-server')).json
    expect(await read()).toHaveProperty('registration_endpoint')
    await reload?.(testConfig({ registration: { dynamic: { enabled: false } } }))
    expect(await read()).not.toHaveProperty('registration_endpoint')
  })

  it('advertises only what answers (original-14)', async () => {
    const { made } = await stage()
    const { json } = await made.send('/.well-known/oauth-authorization-server')
    const urls = Object.entries(json).filter(([name]) => /_endpoint$|_uri$/.test(name))
    expect(urls.map(([name]) => name)).toContain('jwks_uri')
    for (const [, url] of urls) {
      const { pathname } = new URL(String(url))
      expect((await made.send(pathname, { method: 'OPTIONS' })).status).toBe(204)
    }
  })

  it.each([
    '/.well-known/oauth-authorization-server/unknown/mcp',
    '/.well-known/openid-configuration/unknown/mcp',
    '/unknown/mcp/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server/calculator',
    '/.well-known/anything',
    '/authorize',
  ])('404: JSON at %s (protocol 5.17)', async (path) => {
    const { made } = await stage()
    const answer = await made.send(path)
    expect([answer.status, answer.json['error']]).toEqual([404, 'not_found'])
  })

  it('answers HEAD and OPTIONS, to every origin', async () => {
    const { made } = await stage()
    const head = await made.send(FORMS[1] ?? '', { method: 'HEAD' })
    expect([head.status, head.text, head.headers['access-control-allow-origin']]).toEqual([200, '', '*'])
    const options = await made.send(FORMS[1] ?? '', { method: 'OPTIONS' })
    expect([options.status, options.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD, OPTIONS'])
  })

  it('421: for a host that is not ours (DNS rebinding)', async () => {
    const { made } = await stage()
    expect((await made.send(FORMS[0] ?? '', { headers: { host: 'evil.example' } })).status).toBe(421)
  })
})

describe('the keys', () => {
  it.each([
    ['/.well-known/jwks.json', 'access-token-1'],
    ['/.well-known/gateway-assertion-jwks.json', 'assertion-1'],
  ])('200: %s', async (path, kid) => {
    const { made } = await stage()
    const answer = await made.send(path)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ keys: [{ kid }] })
    expect(answer.headers['access-control-allow-origin']).toBe('*')
  })

  it('are asked for once a minute', async () => {
    const { deps, made } = await stage()
    const read = () => made.send('/.well-known/jwks.json')
    await Promise.all([read(), read(), read()])
    deps.clock.advance(59_999)
    await read()
    expect(made.neighbours.asked.get(jwks.subject)).toBe(1)
    deps.clock.advance(1)
    await read()
    expect(made.neighbours.asked.get(jwks.subject)).toBe(2)
  })

  it('200: the last ones while the token-issuer is away; 503: if there were none', async () => {
    const { deps, made } = await stage()
    await made.send('/.well-known/jwks.json')
    made.neighbours.replace(jwks, async () => {
      throw new Unavailable('token-issuer')
    })
    deps.clock.advance(3_600_000)
    expect((await made.send('/.well-known/jwks.json')).json).toMatchObject({ keys: [{ kid: 'access-token-1' }] })
    expect((await made.send('/.well-known/gateway-assertion-jwks.json')).status).toBe(503)
  })
})

describe('GET /schemas/audit/<type>/v1.json', () => {
  it('200: the schema that each event names as its dataschema', async () => {
    const { made } = await stage()
    for (const type of Object.keys(auditTypes)) {
      const path = `/schemas/audit/${type.slice('audit.'.length)}/v1.json`
      const answer = await made.send(path)
      expect([answer.status, answer.json['$id'], answer.json['title']]).toEqual([200, `${made.issuer}${path}`, type])
      expect(answer.json['properties']).toHaveProperty('decision')
    }
  })

  it('404: for an unknown type', async () => {
    const { made } = await stage()
    for (const type of ['nothing', 'constructor', '..']) {
      expect((await made.send(`/schemas/audit/${type}/v1.json`)).status).toBe(404)
    }
  })
})
