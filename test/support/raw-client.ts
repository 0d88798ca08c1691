import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A connection of which a test knows every byte. */
export interface RawClient {
  socket: Socket
  write: (bytes: string | Buffer) => void
  /** All that has come, once it matches. @throws where the connection ends before */
  until: (pattern: RegExp) => Promise<string>
  /** All that has come, when the server has closed or reset the connection. */
  closed: Promise<string>
}

/** @param from an address of this machine, such as 127.0.0.2 */
export async function rawClient (t: Pick<Test, 'teardown'>, port: number, { from = '127.0.0.1' } = {}): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  t.teardown(() => socket.destroy())
  let received = ''
  let hasEnded = false
  const waiting = new Set<() => void>()
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    for (const check of waiting) check()
  })
  // A reset is an end, too.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    hasEnded = true
    resolve(received)
    for (const check of waiting) check()
  })
  await once(socket, 'connect')
  const until = async (pattern: RegExp): Promise<string> => await new Promise((resolve, reject) => {
    const check = (): void => {
      const isThere = pattern.test(received)
      if (!isThere && !hasEnded) return
      waiting.delete(check)
      if (isThere) resolve(received)
      else reject(new Error(`the connection has ended with ${JSON.stringify(received.slice(0, 1_000))}`))
    }
    waiting.add(check)
    check()
  })
  return { socket, write: bytes => void socket.write(bytes), until, closed }
}
