/**
 * `/health` and `/ready`, the same on the public and the internal port. `/health` is what edges and probes use: liveness,
 * 503 from the moment of SIGTERM on. `/ready` names every dependency with its state; nothing routes by it, or an outage of
 * the bus would take every proxy away.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '@gateway/kernel'
import type { Check } from './app.ts'

/** Whether this process should still be given work. */
export class Health {
  #stopping = false

  get stopping(): boolean {
    return this.#stopping
  }

  /** From here on `/health` answers 503, so that edges look elsewhere. */
  markStopping(): void {
    this.#stopping = true
  }
}

export interface ProbeDeps {
  readonly health: Health
  readonly checks: () => Promise<readonly Check[]>
  readonly clock: Clock
  readonly version: string
}

/** Answers a probe's request; false when it is none. Exempt from the Host check: probes ask by address. */
export type Probes = (request: IncomingMessage, response: ServerResponse) => boolean

export function createProbes(deps: ProbeDeps): Probes {
  return (request, response) => {
    const path = pathOf(request.url)
    if (path !== '/health' && path !== '/ready') return false
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      sendJson(response, 405, { error: 'invalid_request', error_description: 'Only GET and HEAD are served here.' })
    } else if (path === '/health') answerHealth(response, deps)
    else void answerReady(response, deps)
    return true
  }
}

function answerHealth(response: ServerResponse, { health, clock, version }: ProbeDeps): void {
  const status = health.stopping ? 'stopping' : 'healthy'
  sendJson(response, health.stopping ? 503 : 200, { status, timestamp: new Date(clock()).toISOString(), version })
}

async function answerReady(response: ServerResponse, { health, checks, clock, version }: ProbeDeps): Promise<void> {
  const dependencies = await checks().catch((): Check[] => [{ name: 'checks', ok: false }])
  const ready = !health.stopping && dependencies.every((check) => check.ok)
  sendJson(response, ready ? 200 : 503, {
    status: health.stopping ? 'stopping' : ready ? 'ready' : 'not ready',
    timestamp: new Date(clock()).toISOString(),
    version,
    dependencies: Object.fromEntries(
      dependencies.map(({ name, ok, detail }) => [
        name,
        { status: ok ? 'up' : 'down', ...(detail === undefined ? {} : { detail }) },
      ]),
    ),
  })
}

/** One line per name: parts of one process that depend on the same thing are ready when all of them are. */
export function mergeChecks(checks: readonly Check[]): readonly Check[] {
  const merged = new Map<string, Check>()
  for (const check of checks) {
    const known = merged.get(check.name)
    if (!known || (known.ok && !check.ok)) merged.set(check.name, check)
  }
  return [...merged.values()]
}

function pathOf(url = '/'): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(body))
}
