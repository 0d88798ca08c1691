import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import type { Test } from 'tap'
import { createRedisCounters, type RedisCounters } from '../../data-plane/limits/redis-counters.ts'
import { createQueue, type Queue } from './queue.ts'

export interface TestCounters extends RedisCounters {
  /** What the operator would be told, in order: `null` when Redis can be used, else why it cannot. */
  states: Queue<string | null>
}

/** As a worker has them. The deadline is one that a busy machine keeps, unless the test is about it. */
export async function openRedisCounters (t: Test, url: string, { timeoutMs = 10_000 } = {}): Promise<TestCounters> {
  const states = createQueue<string | null>()
  const counters = createRedisCounters({ url, timeoutMs, onState: states.push })
  t.teardown(counters.close)
  await counters.ready
  return { hit: counters.hit, take: counters.take, once: counters.once, correct: counters.correct, ready: counters.ready, close: counters.close, get isAway () { return counters.isAway }, states }
}

export interface Relay {
  port: number
  /** Commands that count, on their way to Redis so far, those with which each connection begins included. */
  counts: () => number
  connections: () => number
}

/** Between a client and a server, to see what the client sends. */
export async function startRelay (t: Test, port: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  let sent = ''
  let connections = 0
  const server = createServer(client => {
    connections++
    const upstream = connect(port, '127.0.0.1')
    client.on('data', (chunk: Buffer) => { sent += chunk.toString('latin1') })
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from)
      from.pipe(to)
      // The end of one side is the end of the other; why does not matter here.
      from.on('error', () => undefined).on('close', () => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, counts: () => sent.split('EVALSHA').length - 1, connections: () => connections }
}
