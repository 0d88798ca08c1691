/** A worker in the edge's place: it keeps to the same line with its supervisor, and serves what tests want to know. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getHeapStatistics } from 'node:v8'
import { readConfig } from '#shared/config.ts'
import { listeningFd } from '../../data-plane/keeper/messages.ts'
import { openReplicaReader } from '../../data-plane/replica/reader.ts'
import { replicaFile } from '../../data-plane/replica/schema.ts'
import type { ReplicaChange, ReplicaReader } from '../../data-plane/replica/replica.ts'
import { linkSupervisor } from '../../data-plane/supervisor-link.ts'

const config = readConfig()
let sandboxes: ReadonlyArray<string | null> = []
const changes: ReplicaChange[] = []
const held: ServerResponse[] = []

const link = linkSupervisor({
  onSandboxes: ({ sockets }) => { sandboxes = sockets },
  onChanged: change => {
    if (change.all) replica?.refresh()
    changes.push(change)
  },
  onHeard: () => {},
  onTrouble: () => {},
  onOrder: async () => { throw new Error('the fixture runs nothing') },
  onWatch: () => {},
  onTargetsDown: () => {},
  onAnswersChanged: () => {},
  onOrphaned: async () => {},
  onDrain: async () => {
    const closed = new Promise(resolve => server.close(resolve))
    for (const response of held) response.end('answered while draining')
    await closed
  }
})
const replica: ReplicaReader | null = process.env.REPLICA === 'none' ? null : openReplicaReader(replicaFile(config.dataDir))

async function answer (path: string, response: ServerResponse): Promise<void> {
  const [, action = '', argument] = path.split('/')
  switch (action) {
    case 'state': return send(response, { pid: process.pid, sandboxes, changes, revision: replica?.revision(), adminToken: config.adminToken })
    case 'heap': return send(response, getHeapStatistics())
    case 'key': return send(response, replica?.findKey(argument!))
    case 'hit': return send(response, { pid: process.pid, ...await link.counters.hit(argument!, 60_000) })
    case 'take': return send(response, { pid: process.pid, ...await link.counters.take([{ key: argument!, windowMs: 3_600_000, isSliding: true, max: 300, cost: 1 }]) })
    case 'correct':
      link.counters.correct([{ key: argument!, windowMs: 3_600_000, isSliding: true, delta: -1 }])
      // Behind it on the same line: the supervisor has read both.
      return send(response, await link.counters.hit('after', 60_000))
    case 'enter': {
      const { leave, count } = await link.concurrency.enter(argument!, 1_000_000)
      return send(response, { pid: process.pid, isIn: leave !== null, count })
    }
    // Where nothing is let in, it is said how many are.
    case 'count': return send(response, { count: (await link.concurrency.enter(argument!, 0)).count })
    case 'quota': return send(response, await link.quotas.take([{ gatewayId: 'shop', environment: 'prod', subject: argument!, period: 'day:2030-01-01', endsAt: Date.now() + 86_400_000, max: 1_000_000, cost: 1 }]))
    case 'nonce': return send(response, { pid: process.pid, verdict: await link.nonces.use({ place: 'shop-prod', digest: argument!, madeAt: Date.now(), keptMs: 3_600_000 }) })
    case 'hold':
      response.setHeader('connection', 'close').flushHeaders()
      return void held.push(response)
    case 'crash': return process.exit(3)
    default: response.writeHead(404).end()
  }
}

function send (response: ServerResponse, value: unknown): void {
  response.setHeader('connection', 'close').end(JSON.stringify(value))
}

const server = createServer((request, response) => void answer(request.url!, response))
server.on('error', link.listenFailed)
server.listen({ fd: listeningFd }, () => link.ready((server.address() as AddressInfo).port))
