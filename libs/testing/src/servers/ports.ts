/** Ports for what a test starts. */
import { createServer } from 'node:net'

/** Below the range from which systems take the ports of outgoing connections: those come and go while a process starts. */
const PORTS = { first: 10_240, count: 22_000 }

/** A port of the loopback address that was free a moment ago. */
export function freePort(): Promise<number> {
  return freePorts(1)
}

/** The first of `count` such ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
