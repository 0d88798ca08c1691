import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** Stands between a data plane and its control plane, and counts what goes to the data plane. */
export interface Relay {
  url: string
  bytes: () => number
  close: () => Promise<void>
}

export async function openRelay (targetUrl: string): Promise<Relay> {
  const { hostname, port } = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let bytes = 0
  const server = createServer(client => {
    const target = connect(Number(port), hostname)
    target.on('data', (chunk: Buffer) => { bytes += chunk.length })
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    // Whichever end fails, both are closed by it.
    pipeline(client, target, client, () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
