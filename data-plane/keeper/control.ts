import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { ReloadOutcome } from './succession.ts'

/** Where a keeper takes orders: a socket in a folder that only this user can enter. */
export interface Control {
  path: string
  close: () => Promise<void>
}

/** Who connects has asked for a reload, and is told what came of it. There is nothing else to ask for. */
export function takeOrders (folder: string, reload: () => Promise<ReloadOutcome>): Control {
  const socketPath = path.join(folder, 'control')
  const server = createServer(socket => {
    // Who asked may have left.
    socket.on('error', () => undefined).resume()
    void reload().then(outcome => socket.end(`${JSON.stringify(outcome)}\n`))
  })
  server.listen(socketPath)
  return {
    path: socketPath,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
    }
  }
}

/** @throws where nobody listens there, or the keeper ends meanwhile */
export async function askForReload (socketPath: string): Promise<ReloadOutcome> {
  const socket = connect(socketPath)
  await once(socket, 'connect')
  const answer = await text(socket)
  if (answer === '') throw new Error('the data plane has ended meanwhile')
  return JSON.parse(answer) as ReloadOutcome
}
