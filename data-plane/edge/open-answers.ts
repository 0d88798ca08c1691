import type { Clock } from '#shared/clock.ts'
import type { ProblemCode } from '#shared/errors.ts'
import type { Caller, HotCache } from '../hot-cache.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import { revocation } from '../authentication/caller.ts'
import { cutOff } from './cut-off.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** Answers under way to clients whose keys may be revoked meanwhile, where their owner wants them cut off then. */
export interface OpenAnswers {
  /** Until its answer has ended. */
  add: (request: EdgeRequest, reply: EdgeReply) => void
  /** After the hot cache has forgotten what the change touched. */
  apply: (change: ReplicaChange) => void
}

type Answer = [request: EdgeRequest, reply: EdgeReply]

/** How exactly the end of a key that expires is kept. */
const expiryMs = 50

interface OpenCaller {
  caller: Caller
  /** As it is now: a key that is rotated may be given an end. */
  expiresAt: number | null
  answers: Set<Answer>
}

export function createOpenAnswers (hot: Pick<HotCache, 'findAgain'>, clock: Clock): OpenAnswers {
  const open = new Map<string, OpenCaller>()
  let timer: NodeJS.Timeout | undefined

  const check = (place: string): void => {
    const entry = open.get(place)
    if (entry === undefined) return
    const caller = hot.findAgain(entry.caller)
    entry.expiresAt = caller === null ? null : caller.expiresAt
    for (const answer of entry.answers) {
      const fault = revocation(entry.caller, caller, answer[0].exchange.environment!, clock)
      if (fault !== null) revoke(answer, fault)
    }
  }
  const checkExpired = (): void => {
    const now = clock.now()
    for (const [place, { expiresAt }] of open) if (expiresAt !== null && expiresAt <= now) check(place)
  }
  const remove = (place: string, entry: OpenCaller, answer: Answer): void => {
    entry.answers.delete(answer)
    if (entry.answers.size === 0) open.delete(place)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    add: (request, reply) => {
      const caller = request.exchange.caller!
      const { place, expiresAt } = caller
      const answer: Answer = [request, reply]
      const entry = open.get(place) ?? { caller, expiresAt, answers: new Set() }
      entry.answers.add(answer)
      open.set(place, entry)
      timer ??= setInterval(checkExpired, expiryMs).unref()
      reply.raw.once('close', () => remove(place, entry, answer))
    },
    apply: ({ all, keyHashes, clientHandles }) => {
      for (const place of all ? [...open.keys()] : keyHashes) check(place)
      if (!all) for (const place of clientHandles) check(place)
    }
  }
}

/** An answer that has not begun is refused when it does. */
function revoke ([request, reply]: Answer, code: ProblemCode): void {
  request.exchange.revokedBy = code
  if (reply.raw.headersSent) cutOff(request, reply, code)
}
