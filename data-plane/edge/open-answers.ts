import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#shared/clock.ts'
import type { ProblemCode } from '#shared/errors.ts'
import type { HotCache } from '../hot-cache.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import { keyFault } from './authenticate.ts'
import { cutOff } from './cut-off.ts'

/** Answers under way to clients whose keys may be revoked meanwhile, where their owner wants them cut off then. */
export interface OpenAnswers {
  /** Until its answer has ended. */
  add: (request: FastifyRequest, reply: FastifyReply) => void
  /** After the hot cache has forgotten what the change touched. */
  apply: (change: ReplicaChange) => void
}

type Answer = [request: FastifyRequest, reply: FastifyReply]

/** How exactly the end of a key that expires is kept. */
const expiryMs = 50

interface OpenKey {
  /** As it is now: a key that is rotated may be given an end. */
  expiresAt: number | null
  answers: Set<Answer>
}

export function createOpenAnswers (hot: Pick<HotCache, 'findKey'>, clock: Clock): OpenAnswers {
  const open = new Map<string, OpenKey>()
  let timer: NodeJS.Timeout | undefined

  const check = (keyHash: string): void => {
    const entry = open.get(keyHash)
    if (entry === undefined) return
    const key = hot.findKey(keyHash)
    entry.expiresAt = key === null ? null : key.expiresAt
    for (const answer of entry.answers) {
      const fault = keyFault(key, answer[0].exchange.environment!, clock)
      if (fault !== null) revoke(answer, fault)
    }
  }
  const checkExpired = (): void => {
    const now = clock.now()
    for (const [keyHash, { expiresAt }] of open) if (expiresAt !== null && expiresAt <= now) check(keyHash)
  }
  const remove = (keyHash: string, entry: OpenKey, answer: Answer): void => {
    entry.answers.delete(answer)
    if (entry.answers.size === 0) open.delete(keyHash)
    if (open.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    add: (request, reply) => {
      const { keyHash, expiresAt } = request.exchange.key!
      const answer: Answer = [request, reply]
      const entry = open.get(keyHash) ?? { expiresAt, answers: new Set() }
      entry.answers.add(answer)
      open.set(keyHash, entry)
      timer ??= setInterval(checkExpired, expiryMs).unref()
      reply.raw.once('close', () => remove(keyHash, entry, answer))
    },
    apply: ({ all, keyHashes }) => {
      for (const keyHash of all ? [...open.keys()] : keyHashes) check(keyHash)
    }
  }
}

/** An answer that has not begun is refused when it does. */
function revoke ([request, reply]: Answer, code: ProblemCode): void {
  request.exchange.revokedBy = code
  if (reply.raw.headersSent) cutOff(request, reply, code)
}
