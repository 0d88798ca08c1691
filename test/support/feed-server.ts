import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { uplinkPrefix } from '#shared/uplink.ts'
import { feedPath, type FeedInvoke, type FeedMessage } from '#shared/feed.ts'
import { followFeed, type FeedClientOptions } from '../../data-plane/feed/client.ts'
import type { ReplicaChange } from '../../data-plane/replica/replica.ts'
import type { ReplicaWriterOptions } from '../../data-plane/replica/writer.ts'
import { createQueue, type Queue } from './queue.ts'
import { openTestReplica, recordingLogger, type TestReplica } from './replica.ts'

/** One request for the feed. It is answered by what the test says, and stays open until the test or the reader ends it. */
export interface FeedConnection {
  query: Record<string, string>
  authorization: string | undefined
  acceptEncoding: unknown
  response: ServerResponse
  send: (...messages: FeedMessage[]) => void
  /** As it stands, without a newline. */
  sendText: (text: string | Buffer) => void
  /** Without the end of the body: as a crash looks. */
  cut: () => void
  /** Resolves when the reader or the test has ended it. */
  closed: Promise<unknown>
}

export interface FeedServer {
  url: string
  connections: Queue<FeedConnection>
}

export async function startFeedServer (t: Test): Promise<FeedServer> {
  const connections = createQueue<FeedConnection>()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://feed')
    // What a data plane tells is for others to test.
    if (pathname.startsWith(uplinkPrefix)) return void response.writeHead(204).end()
    if (pathname !== feedPath) throw new Error(`unexpected request: ${request.url!}`)
    const sendText = (text: string | Buffer): void => {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write(text)
    }
    connections.push({
      query: Object.fromEntries(searchParams),
      authorization: request.headers.authorization,
      acceptEncoding: request.headers['accept-encoding'],
      response,
      send: (...messages) => sendText(messages.map(message => `${JSON.stringify(message)}\n`).join('')),
      sendText,
      cut: () => { request.socket.destroy() },
      closed: once(response, 'close')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections }
}

export interface Following extends TestReplica {
  connections: Queue<FeedConnection>
  changes: Queue<ReplicaChange>
  invocations: Queue<FeedInvoke>
  lines: () => Array<Record<string, unknown>>
  close: () => Promise<void>
}

/** A replica that follows a server of the test's own, with short waits. */
export async function follow (t: Test, options: Partial<FeedClientOptions> = {}, replicaOptions: Partial<ReplicaWriterOptions> = {}): Promise<Following> {
  const { url, connections } = await startFeedServer(t)
  const environments = options.environments ?? null
  const replica = openTestReplica(t, { environments, ...replicaOptions })
  const changes = createQueue<ReplicaChange>()
  const invocations = createQueue<FeedInvoke>()
  const { logger, lines } = recordingLogger()
  const { close } = followFeed({
    controlUrl: url, token: () => 'token-of-the-data-plane', environments, writer: replica.writer, onDamage: () => {}, onChange: changes.push, onInvoke: invocations.push, logger,
    firstBackoffMs: 5, longestBackoffMs: 50, ...options
  })
  t.teardown(close)
  return { ...replica, connections, changes, invocations, lines, close }
}
