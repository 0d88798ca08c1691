import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range from which the kernel gives outgoing connections their ports, so nobody takes one between this and its use. */
const range = { from: 20_000, to: 32_000 }

/** So many ports of the loopback address on which nobody listens. Drawn at random: test files run side by side. */
export async function freePorts (count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 200) throw new Error(`No ${count} free ports between ${range.from} and ${range.to}`)
    const port = randomInt(range.from, range.to)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

async function isFree (port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  } finally {
    server.close()
  }
}
