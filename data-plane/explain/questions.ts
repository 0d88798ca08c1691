import { setTimeout as delay } from 'node:timers/promises'
import type { FeedAsk } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import { tracesMatter, type TraceAnswer, type TraceQuestion } from '#shared/request-traces.ts'
import { createTasks, type Tasks } from '../tasks.ts'
import type { Uplink } from '../uplink.ts'
import { WorkerLost } from '../workers/process.ts'
import type { WorkerTraces } from './explain.ts'

export interface QuestionsOptions {
  /** Each edge worker that accepts requests is asked. They reject with `WorkerLost`. */
  ask: (question: TraceQuestion) => Array<Promise<WorkerTraces>>
  uplink: Uplink
  logger: Logger
  /** How long a worker may take. */
  patienceMs?: number
}

export interface Questions {
  take: (message: FeedAsk) => void
  finish: Tasks['finish']
}

/** Shorter than the control plane's: of one that does not answer is told, and what the others know. */
const defaultPatienceMs = 2_000

/** Has questions answered by all edge workers, since each keeps its own requests, and tells the control plane what they know. */
export function createQuestions ({ ask, uplink, logger, patienceMs = defaultPatienceMs }: QuestionsOptions): Questions {
  const tasks = createTasks()
  const answer = async ({ id, question }: FeedAsk): Promise<void> => {
    try {
      await uplink.post(`${tracesMatter}/${id}`, await askAll(ask(question), question, patienceMs))
    } catch (err) {
      logger.warn({ err, id }, 'what is known of a request could not be told')
    }
  }
  return { take: message => tasks.add(answer(message)), finish: tasks.finish }
}

async function askAll (asked: Array<Promise<WorkerTraces>>, { filter }: TraceQuestion, patienceMs: number): Promise<TraceAnswer> {
  const patience = new AbortController()
  const late = delay(patienceMs, null, { signal: patience.signal }).catch(() => null)
  const answers = await Promise.all(asked.map(async worker => await Promise.race([withoutLost(worker), late])))
  patience.abort()
  const heard = answers.filter(known => known !== null)
  return {
    found: heard.flatMap(({ found }) => found).sort((a, b) => b.at - a.at).slice(0, filter.limit),
    isForgotten: heard.some(({ isOwn, found }) => isOwn && found.length === 0),
    silentWorkers: answers.length - heard.length
  }
}

/** What it has kept is gone with it. */
async function withoutLost (worker: Promise<WorkerTraces>): Promise<WorkerTraces | null> {
  try {
    return await worker
  } catch (error) {
    if (error instanceof WorkerLost) return null
    throw error
  }
}
