import { setTimeout as delay } from 'node:timers/promises'
import { request, type Client } from 'undici'
import type { Admin, Answer } from '../../test/support/http.ts'
import { NotComparable } from '../report.ts'
import { ask, type Asker } from './ask.ts'
import type { Place } from './writes.ts'

/** Streams for as long as it may where it is asked to. */
export const revocationSource = `export default function (ctx) {
  if (ctx.query.stream === undefined) return 'let in'
  async function * ticks () {
    for (;;) {
      yield 'tick'
      await new Promise(resolve => setTimeout(resolve, 1_000))
    }
  }
  return new Response(ticks())
}`

type Revoke = (admin: Admin, place: Pick<Place, 'gatewayId' | 'environment'>, id: string) => Promise<Answer>

/** The ways to take a key away. */
export const revoke: readonly Revoke[] = [
  async (admin, place, id) => await admin('PATCH', clientOf(place, id), { enabled: false }),
  async (admin, place, id) => await admin('DELETE', clientOf(place, id)),
  async (admin, place, id) => await admin('POST', `${clientOf(place, id)}/regenerate-key`, {})
]

function clientOf ({ gatewayId, environment }: Pick<Place, 'gatewayId' | 'environment'>, id: string): string {
  return `/api-gateways/${gatewayId}/environments/${environment}/clients/${id}`
}

/** Asked without a pause, the workers and this process would take the processor time that a revocation needs to arrive. */
const pauseMs = 1

export interface Ended {
  /** When the last answer came that let a request in, of any worker. */
  lastLetInAt: number
  streamEndedAt: number
}

/**
 * Opens a stream with the key, and asks each worker again and again, until all refuse and the stream has ended. What is returned first resolves when all have let
 * the key in once.
 */
export async function observe (url: string, asker: Asker, workers: readonly Client[]): Promise<{ ended: Promise<Ended> }> {
  const stream = await request(`${url}/ask?stream`, { headers: { host: asker.host, 'x-api-key': asker.key }, bodyTimeout: 0 })
  if (stream.statusCode !== 200) throw new NotComparable(`a stream was answered with ${stream.statusCode}`)
  const streamEnded = stream.body.dump({ limit: Infinity }).then(() => performance.now(), () => performance.now())
  for (const worker of workers) if (!await isLetIn(url, asker, worker)) throw new NotComparable('a key is refused from the start')
  const refused = Promise.all(workers.map(async worker => {
    for (let lastLetInAt = performance.now(); ; lastLetInAt = performance.now()) {
      await delay(pauseMs)
      if (!await isLetIn(url, asker, worker)) return lastLetInAt
    }
  }))
  return { ended: Promise.all([refused, streamEnded]).then(([lastOfWorkers, streamEndedAt]) => ({ lastLetInAt: Math.max(...lastOfWorkers), streamEndedAt })) }
}

async function isLetIn (url: string, asker: Asker, worker: Client): Promise<boolean> {
  const { status, text } = await ask(url, asker, '/ask', worker)
  if (status !== 200 && status !== 401) throw new NotComparable(`a request was answered with ${status} ${text.slice(0, 300)}`)
  return status === 200
}
