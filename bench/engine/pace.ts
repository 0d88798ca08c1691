import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { endProcess } from '../peers/process.ts'
import type { Peer } from '../peers/peer.ts'
import { NotComparable } from '../report.ts'
import type { LatencyRound } from '../result.ts'

const { version } = createRequire(import.meta.url)('undici/package.json') as { version: string }
export const pacerName = `undici ${version} at a constant rate`

/** What the process is told: the peer's requests, how many of them a second, and for how long. */
export interface PaceOrder extends Pick<Peer, 'url' | 'method' | 'headers' | 'body'> {
  perSecond: number
  seconds: number
  connections: number
}

export type PaceAnswer = { round: LatencyRound } | { failure: string }

/** More than are ever under way together, unless something stalls: a slow answer does not hold up those after it. */
const connections = 128

export interface Pacer {
  /** @throws {NotComparable} for a failed request */
  measure: (peer: Peer, perSecond: number, seconds: number, connections?: number) => Promise<LatencyRound>
  close: () => Promise<void>
}

/** In a process of its own, so that nothing else that the benchmark does keeps a request from being sent, or its answer from being seen. */
export function startPacer (): Pacer {
  const child = fork(new URL('pace-process.ts', import.meta.url), { execArgv: [] })
  return {
    measure: async (peer, perSecond, seconds, atOnce = connections) => {
      const { url, method, headers, body } = peer
      const answer = await ask(child, { url, headers, ...(method !== undefined && { method }), ...(body !== undefined && { body }), perSecond, seconds, connections: atOnce })
      if ('failure' in answer) throw new NotComparable(`${peer.name} failed to answer at ${perSecond} requests a second: ${answer.failure}`)
      return answer.round
    },
    close: async () => await endProcess(child)
  }
}

async function ask (child: ChildProcess, order: PaceOrder): Promise<PaceAnswer> {
  const ended = new AbortController()
  const answered = once(child, 'message', { signal: ended.signal }) as Promise<[PaceAnswer]>
  const gone = once(child, 'exit', { signal: ended.signal }).then(([code]) => { throw new Error(`The process that sends requests ended with ${code}`) })
  child.send(order)
  try {
    const [answer] = await Promise.race([answered, gone])
    return answer
  } finally {
    ended.abort()
    await Promise.allSettled([answered, gone])
  }
}
