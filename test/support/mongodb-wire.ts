import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** What goes between a store and its server, for tests of what is asked and what is told. */
export interface MongodbWire {
  /** A connection string that leads through here. */
  url: (connectionString: string) => string
  /** All that the server has said since the last time this was asked. */
  takeAnswers: () => Buffer[]
}

/** @param serverUrl of a server whose only address is in it */
export async function watchWire (t: Test, serverUrl: string): Promise<MongodbWire> {
  const { hostname, port } = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let answers: Buffer[] = []
  const server = createServer(client => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.pipe(client)
    upstream.on('data', (chunk: Buffer) => answers.push(chunk))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    // Without the name of the set: the driver would go on to the address that the set says.
    url: connectionString => `mongodb://${own}${new URL(connectionString).pathname}?directConnection=true`,
    takeAnswers: () => {
      const taken = answers
      answers = []
      return taken
    }
  }
}
