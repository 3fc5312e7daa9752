/** The internal port (`telemetry.port`): `/health`, `/ready` and `/metrics` (Prometheus text), for probes and scrapers only. */
import { createServer, type Server } from 'node:http'
import type { Registry } from 'prom-client'
import type { Probes } from './health.ts'

export function createInternalServer(probes: Probes, metrics: Pick<Registry, 'metrics' | 'contentType'>): Server {
  return createServer((request, response) => {
    if (probes(request, response)) return
    if (request.url !== '/metrics') {
      response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"error":"not_found"}')
      return
    }
    metrics.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
}
