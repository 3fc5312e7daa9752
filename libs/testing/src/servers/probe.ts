/** How the launcher sees that a server serves. */
import { once } from 'node:events'
import { connect } from 'node:net'

/** Connects, sends `greeting` if there is one, and says whether what comes back begins with `expected` (empty: connecting is enough). */
export async function answers(port: number, greeting: string, expected: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'connect')
    if (expected === '') return true
    if (greeting !== '') socket.write(greeting)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return chunk.toString().startsWith(expected)
  } finally {
    socket.destroy()
  }
}
