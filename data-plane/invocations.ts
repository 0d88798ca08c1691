import { setTimeout as delay } from 'node:timers/promises'
import type { FeedInvoke } from '#shared/feed.ts'
import type { Invocation, InvocationResult } from '#shared/invocations.ts'
import { Problem, type ProblemCode } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { createTasks, type Tasks } from './tasks.ts'
import { UplinkError, type Uplink } from './uplink.ts'
import { WorkerLost } from './workers/process.ts'
import type { EdgeWorkers } from './workers/workers.ts'

/** Somebody waits for the answer, and not for long. */
const maxPosts = 3
const betweenPostsMs = 200

export interface InvocationsOptions {
  workers: Pick<EdgeWorkers, 'invoke'>
  uplink: Uplink
  logger: Logger
}

export interface Invocations {
  take: (message: FeedInvoke) => void
  finish: Tasks['finish']
}

/** Has invocations run, each once, and tells the control plane what came of them. */
export function createInvocations ({ workers, uplink, logger }: InvocationsOptions): Invocations {
  const tasks = createTasks()
  const run = async (invocation: Invocation): Promise<InvocationResult> => {
    try {
      return await workers.invoke(invocation)
    } catch (error) {
      if (!(error instanceof WorkerLost)) throw error
      return withoutResponse('sandbox_lost')
    }
  }
  const post = async (id: string, result: InvocationResult): Promise<void> => {
    for (let left = maxPosts - 1; ; left--) {
      try {
        return void await uplink.post(`/invocations/${id}/result`, result)
      } catch (error) {
        if (!(error instanceof UplinkError) || error.failure !== 'unreachable' || left === 0) throw error
      }
      await delay(betweenPostsMs)
    }
  }
  const answer = async ({ id, invocation }: FeedInvoke): Promise<void> => {
    try {
      await post(id, await run(invocation))
    } catch (err) {
      logger.warn({ err, id }, 'the result of an invocation could not be told')
    }
  }
  return { take: message => tasks.add(answer(message)), finish: tasks.finish }
}

function withoutResponse (code: ProblemCode): InvocationResult {
  const detail = new Problem(code).message
  return { requestId: '', response: null, error: { code, detail }, logs: [], logsTruncated: false, durationMs: 0, cpuMs: null, memoryBytes: null }
}
