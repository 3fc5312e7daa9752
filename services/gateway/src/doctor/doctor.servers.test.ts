import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runProcess } from '@gateway/service'
import { fakeHost, freePorts } from '@gateway/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runCommandLine } from '../cli.ts'
import { run } from '../test-support/command-line.ts'
import { startWrongServer, type WrongServer } from '../test-support/wrong-server.ts'
import { type Examined, examine } from './doctor.ts'
import { parameterOf } from './endpoint.ts'

describe('gateway doctor, against this gateway', () => {
  let port: number
  let stop: () => Promise<void>
  beforeAll(async () => {
    port = await freePorts(3)
    const host = fakeHost(['start', '--port', String(port)])
    const ended = runProcess(host, () => runCommandLine(host))
    const ready = async () => expect((await fetch(`http://localhost:${port}/ready`)).status).toBe(200)
    await vi.waitFor(ready, { timeout: 10_000, interval: 50 })
    stop = async () => {
      host.signal('SIGINT')
      await ended
    }
  })
  afterAll(() => stop())

  it('finds nothing wrong, and says what it looked at', async () => {
    const { out, err, code } = await run(['doctor', `http://localhost:${port}`])
    expect(err).toBe('')
    expect(out).toContain('ok A proper request')
    expect(out).toContain('ok A resource that is not served here')
    expect(out).toMatch(/nothing is wrong at http:\/\/localhost:\d+\/calculator\/mcp\n$/)
    expect(code).toBe(0)
  })

  it('tells who uses the wrong URL so', async () => {
    const { out, err, code } = await run(['doctor', `http://localhost:${port}/nothing/mcp`])
    expect(out).toContain('whoever wrote or set up the client')
    expect(err).toContain('wrong at')
    expect(code).toBe(1)
  })
})

describe('gateway doctor, against a gateway that is wrong', () => {
  let server: WrongServer
  let examined: readonly Examined[]
  beforeAll(async () => {
    server = await startWrongServer()
    examined = await examine(new URL(server.url), {})
  })
  afterAll(() => server.close())

  const found = (step: string) =>
    examined.filter((one) => one.step.startsWith(step)).flatMap(({ findings }) => findings)

  it.each([
    ['A call without a token', 'developer', 'without a Bearer challenge'],
    ['A call without a token', 'developer', 'names no resource_metadata'],
    ['A call with a token that is none', 'developer', 'error nothing'],
    ['The metadata of the resource', 'operator', 'resource is "https://another.example/mcp"'],
    ['Its forms', 'operator', 'with what is no JSON'],
    ['The metadata of the authorization server', 'operator', 'clients must refuse it (RFC 8414 §3.3)'],
    ['What it promises', 'developer', 'lacks S256'],
    ['What it promises', 'developer', 'lacks code'],
    ['Its keys', 'developer', 'a secret key'],
    ['Its keys', 'developer', 'no kid'],
    ['A registration that must be refused', 'developer', 'javascript:'],
    ['A registration', 'developer', 'answers 200'],
    ['A client that nobody knows', 'developer', 'an unknown client is answered 302'],
    ['A redirect URI that is not registered', 'developer', 'on to "attacker.invalid"'],
    ['PKCE missing', 'developer', 'it gives a code'],
    ['PKCE missing', 'developer', 'state does not come back'],
    ['PKCE missing', 'developer', 'iss is nothing'],
    ['A resource that is not served here', 'developer', 'error nothing'],
    ['A proper request', 'developer', 'a code to whoever asks'],
    ['A code that was never issued', 'operator', 'it is answered 503'],
    ['Documents for scripts', 'developer', 'may not be read by scripts'],
    ['The preflight', 'developer', 'asked for a token'],
    ['Origins that nobody allowed', 'operator', 'every origin'],
    ['An address that does not exist', 'operator', '200 instead of 404'],
    ['What it depends on', 'operator', 'bus is down'],
    ['What it depends on', 'provider', 'identity provider is down'],
  ])('%s: %s: %s', (step, who, what) => {
    expect(found(step)).toContainEqual(expect.objectContaining({ who, what: expect.stringContaining(what) }))
  })

  it('exits 1, as text and as JSON', async () => {
    const { out, err, code } = await run(['doctor', server.url])
    expect([code, err.trim().split('\n')]).toEqual([1, [expect.stringMatching(/\d+ things are wrong at http/)]])
    expect(out).toContain('the developers of the gateway: ')
    const json = await run(['doctor', server.url, '--json'])
    const { steps } = JSON.parse(json.out) as { steps: Examined[] }
    expect([json.code, steps.length]).toEqual([1, examined.length])
  })
})

describe('gateway doctor, against what is no gateway', () => {
  async function website(status: number): Promise<string> {
    const server = createServer((_, response) => {
      response.writeHead(status, { 'Content-Type': 'text/html', Connection: 'close' }).end('<p>Welcome</p>')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.each([
    [200, 'what answers /calculator/mcp is no MCP server: it sends "text/html"'],
    [404, 'there is no /calculator/mcp'],
  ])('says that a web page of status %i is another address than the one meant', async (status, what) => {
    const { out, code } = await run(['doctor', `${await website(status)}/calculator/mcp`])
    expect(code).toBe(1)
    expect(out).toContain(
      `X  A call without a token\n     ${what}\n     whoever wrote or set up the client: use the URL that the operator names`,
    )
  })

  it('finds no endpoint at an origin that names none', async () => {
    const { err, code } = await run(['doctor', await website(200)])
    expect([code, err]).toEqual([1, expect.stringContaining('names no protected resource: give the URL of an MCP')])
  })
})

describe('gateway doctor, against nothing', () => {
  it('says that nothing listens, and stops there', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    const { port } = server.address() as AddressInfo
    await new Promise((done) => server.close(done))
    const { out, code } = await run(['doctor', `http://127.0.0.1:${port}/calculator/mcp`])
    expect([code, out.split('\n').length]).toEqual([1, 4])
    expect(out).toContain('nothing listens there')
  })

  it('wants a URL', async () => {
    const { err, code } = await run(['doctor', 'gateway.example.com'])
    expect([code, err]).toEqual([1, expect.stringContaining('is no URL')])
  })
})

describe('a parameter of a challenge (RFC 9110 §11.2)', () => {
  it.each([
    ['Bearer resource_metadata="https://a/b"', 'https://a/b'],
    ['Bearer scope="a b", resource_metadata=https://a', 'https://a'],
    ['Bearer error="x\\"y", Resource_Metadata = "q"', 'q'],
    ['Bearer x_resource_metadata="no"', undefined],
    [null, undefined],
  ])('%s', (header, value) => expect(parameterOf(header, 'resource_metadata')).toBe(value))
})
