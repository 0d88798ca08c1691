import { setTimeout as delay } from 'node:timers/promises'
import { Agent, type Dispatcher } from 'undici'

/** Enough that a slow answer does not hold up those after it. */
const connections = 128

type Ask = (dispatcher: Dispatcher) => Promise<void>

/**
 * So many requests, begun at a constant rate whatever becomes of those before. Each one's latency counts from when it was to be sent, so
 * that a wait that keeps others from being sent counts for these as well. Milliseconds.
 */
export async function atConstantRate (ask: Ask, count: number, perSecond: number): Promise<number[]> {
  const dispatcher = new Agent({ connections, pipelining: 1 })
  const asked: Array<Promise<number>> = []
  const startedAt = performance.now()
  try {
    for (let index = 0; index < count; index++) {
      const dueAt = startedAt + index * 1_000 / perSecond
      const early = dueAt - performance.now()
      if (early > 1) await delay(early)
      const latency = ask(dispatcher).then(() => performance.now() - dueAt)
      // What fails is looked at when all have been sent.
      latency.catch(() => undefined)
      asked.push(latency)
    }
    return await Promise.all(asked)
  } finally {
    await dispatcher.destroy()
  }
}

/** So many requests as fast as they are answered, this many at a time. @returns how many a second */
export async function flatOut (ask: Ask, count: number, atATime = 32): Promise<number> {
  const dispatcher = new Agent({ connections: atATime, pipelining: 1 })
  let begun = 0
  const startedAt = performance.now()
  try {
    await Promise.all(Array.from({ length: atATime }, async () => {
      while (begun < count) {
        begun++
        await ask(dispatcher)
      }
    }))
    return count / (performance.now() - startedAt) * 1_000
  } finally {
    await dispatcher.destroy()
  }
}
