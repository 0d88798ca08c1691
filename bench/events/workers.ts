import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'undici'
import { NotComparable } from '../report.ts'
import { ask, type Asker, type Seen } from './ask.ts'

/** Traffic requests to one worker after one write. */
const maxTries = 10_000
/** Asked without a pause, the workers and this process would take the processor time that a change needs to arrive. */
const pauseMs = 1

/** One kept connection to each edge worker. Which one has taken a connection shows in the ids that it gives to requests. */
export async function connectWorkers (url: string, count: number): Promise<Client[]> {
  const found = new Map<string, Client>()
  try {
    for (let tries = 0; found.size < count; tries++) {
      if (tries === 500) throw new NotComparable(`of ${tries} connections none came to the other worker`)
      const client = new Client(url, { pipelining: 1, keepAliveTimeout: 60_000 })
      const { headers, body } = await client.request({ method: 'GET', path: '/healthz' })
      await body.dump()
      const worker = String(headers['x-request-id']).slice(0, 12)
      if (found.has(worker)) await client.close()
      else found.set(worker, client)
    }
  } catch (error) {
    for (const client of found.values()) await client.close()
    throw error
  }
  return [...found.values()]
}

/** What the answers of traffic show of a change. */
export interface Shown {
  asker: Asker
  path: string
  isShown: (seen: Seen) => boolean
}

/** Each worker is asked on its connection, again and again, until it shows the change. Resolves with the last of them. */
export async function untilAllShow (url: string, shown: Shown, workers: readonly Client[]): Promise<void> {
  await Promise.all(workers.map(async worker => await untilShown(url, shown, worker)))
}

async function untilShown (url: string, { asker, path, isShown }: Shown, worker: Client): Promise<void> {
  for (let tries = 1; ; tries++) {
    const seen = await ask(url, asker, path, worker)
    if (isShown(seen)) return
    await delay(pauseMs)
    if (tries === maxTries) throw new NotComparable(`a worker does not show a write after ${tries} requests, but ${seen.status} ${seen.text.slice(0, 300)}`)
  }
}
