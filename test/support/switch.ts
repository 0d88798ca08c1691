import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** One connection to the feed: what the reader said that it holds, and the revisions that it was sent. */
export interface FeedConnection {
  store: string | null
  after: number
  commits: number[]
}

/** The address of a control plane, behind which there is one control plane now and another one later. */
export interface Switch {
  url: string
  /** Whoever is connected has to connect again. */
  to: (controlUrl: string) => void
  /** Of the feed, in the order in which they were made. */
  feeds: () => FeedConnection[]
}

export async function openSwitch (t: Test, controlUrl: string): Promise<Switch> {
  const sockets = new Set<Socket>()
  const feeds: FeedConnection[] = []
  let target = Number(new URL(controlUrl).port)
  const drop = (): void => { for (const socket of sockets) socket.destroy() }
  const server = createServer(client => {
    const upstream = connect(target, '127.0.0.1')
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.once('data', (head: Buffer) => {
      const text = head.toString('latin1')
      const feed = readFeedRequest(text)
      if (feed !== null) feeds.push(recordCommits(upstream, feed))
      // What is recorded has to come as it is.
      upstream.write(feed === null ? head : Buffer.from(text.replace(/^accept-encoding: .*$/im, 'accept-encoding: identity'), 'latin1'))
      client.pipe(upstream)
    })
    upstream.pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    drop()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: controlUrl => {
      target = Number(new URL(controlUrl).port)
      drop()
    },
    feeds: () => feeds
  }
}

function readFeedRequest (head: string): FeedConnection | null {
  const [, query] = /^GET \/v1\/feed\?(\S*) HTTP/.exec(head) ?? []
  if (query === undefined) return null
  const held = new URLSearchParams(query)
  return { store: held.get('store'), after: Number(held.get('after')), commits: [] }
}

/** A line of the feed is written as a whole, so none is cut by the framing of HTTP. */
function recordCommits (stream: Socket, feed: FeedConnection): FeedConnection {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const [, revision] = /"type":"commit","revision":(\d+)/.exec(line) ?? []
      if (revision !== undefined) feed.commits.push(Number(revision))
    }
  })
  return feed
}
