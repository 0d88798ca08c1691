import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ListenOptions } from 'node:net'

/** Below the range from which the kernel gives outgoing connections their ports, so nobody takes one between this and its use. */
const range = { from: 20_000, to: 32_000 }

/**
 * So many ports of the loopback address on which nobody listens. They are this process's for as long as it lives: test files run side
 * by side, and what is to listen may take seconds to start.
 */
export async function freePorts (count: number): Promise<number[]> {
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 200) throw new Error(`No ${count} free ports between ${range.from} and ${range.to}`)
    const port = randomInt(range.from, range.to)
    if (await isReserved(port) && await isFree(port)) ports.push(port)
  }
  return ports
}

/** By a name in Linux's abstract namespace of sockets, which the kernel gives to one process at a time and takes back at its end. */
async function isReserved (port: number): Promise<boolean> {
  return process.platform !== 'linux' || await listens({ path: `\0imprun-test-port-${port}` }, 'for good')
}

async function isFree (port: number): Promise<boolean> {
  return await listens({ port, host: '127.0.0.1' }, 'for a moment')
}

async function listens (options: ListenOptions, howLong: 'for good' | 'for a moment'): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(options), 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    throw error
  }
  if (howLong === 'for good') server.unref()
  else await once(server.close(), 'close')
  return true
}
