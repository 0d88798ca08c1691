import type { Client } from 'undici'
import type { Admin } from '../../test/support/http.ts'
import { times } from '../figures.ts'
import { NotComparable } from '../report.ts'
import type { Figure } from '../result.ts'
import { ask, isLetIn, noPath } from './ask.ts'
import { connectWorkers, untilAllShow } from './workers.ts'
import { writes, type Place } from './writes.ts'

export interface WriteSample {
  kind: string
  /** From the admin API's request to its answer. */
  writeMs: number
  /** From the admin API's answer to the first answer that shows it, in the worker that is the last to show it. */
  visibleMs: number
}

/**
 * Each write to another environment, which all workers have in their hands; then they are asked, each on a connection of its own, until all show it. One of each
 * kind goes before and does not count: schemas are compiled when they are first needed.
 */
export async function measurePropagation (admin: Admin, dataUrl: string, workerCount: number, places: Iterator<Place, never>, count: number): Promise<WriteSample[]> {
  const workers = await connectWorkers(dataUrl, workerCount)
  const taken: WriteSample[] = []
  try {
    for (let step = 0; step < count + writes.length; step++) taken.push(await measureWrite(admin, dataUrl, workers, places.next().value, step))
  } finally {
    for (const worker of workers) await worker.close()
  }
  return taken.slice(writes.length)
}

async function measureWrite (admin: Admin, dataUrl: string, workers: readonly Client[], place: Place, step: number): Promise<WriteSample> {
  const [kind, prepare] = writes[step % writes.length]!
  for (const worker of workers) {
    const seen = await ask(dataUrl, place, noPath, worker)
    if (!isLetIn(seen)) throw new NotComparable(`${place.host} answered its client with ${seen.status} ${seen.text.slice(0, 300)}`)
  }
  const write = await prepare(admin, place)
  const begunAt = performance.now()
  const shown = await write()
  const answeredAt = performance.now()
  await untilAllShow(dataUrl, shown, workers)
  return { kind, writeMs: answeredAt - begunAt, visibleMs: performance.now() - answeredAt }
}

export const visibleName = 'from the answer to a write until all workers show it'

/** All together, and by the kind of write. */
export function propagationFigures (samples: readonly WriteSample[]): Figure[] {
  const kinds = [...Map.groupBy(samples, ({ kind }) => kind)]
  return [
    times(visibleName, samples.map(({ visibleMs }) => visibleMs)),
    ...kinds.flatMap(([kind, own]) => [
      times(`${kind}: from its request to its answer`, own.map(({ writeMs }) => writeMs)),
      times(`${kind}: from its request until all workers show it`, own.map(({ writeMs, visibleMs }) => writeMs + visibleMs))
    ])
  ]
}
