import { functionLimits } from './limits.ts'
import type { LogLevel } from './messages.ts'
import type { Pending } from './pending.ts'
import type { LossReason, SandboxNews } from './placement.ts'

/** What the machinery tells the owner of a function. `fields.code` is the problem's that a caller got, and limits are named with their units. */
export interface OwnerWord {
  level: LogLevel
  message: string
  fields: Record<string, unknown>
}

type News<Type extends SandboxNews['type']> = Extract<SandboxNews, { type: Type }>

/** To the owner of the function that ended a sandbox. */
export function explainEnd ({ reason, limits }: News<'lost'>): OwnerWord {
  const message = `The function ended the sandbox that it ran in: ${causes[reason](limits)}. ${apart}`
  return { level: 'error', message, fields: { code: lossCodes[reason], ...limits, runsApart: true } }
}

/** To the owner of a function that kept others waiting. */
export function explainHeavy ({ limits }: News<'heavy'>): OwnerWord {
  const { heavyTurnMs, maxHeavyMs } = limits
  const message = `The function kept others waiting: within a minute it used the processor for more than ${maxHeavyMs} ms, in turns of more than ${heavyTurnMs} ms. ${apart}`
  return { level: 'error', message, fields: { ...limits, runsApart: true } }
}

/** To the owner of a function whose call went with a sandbox that somebody else ended, or nobody knows who. */
export function explainLost ({ departed }: Pending, verdict: News<'lost'> | undefined): OwnerWord {
  const who = verdict === undefined || verdict.culprit === null ? 'The sandbox that the call ran in has ended' : 'Another function has ended the sandbox that the call ran in'
  const why = departed ? 'something of it had left already, so it was not run again' : 'it was not run again'
  return { level: 'warn', message: `${who}; ${why}.`, fields: { code: 'sandbox_lost' } }
}

export function explainTimeout ({ fn, stream, streamsUntil }: Pending, now: number): OwnerWord {
  const word = (message: string, limit: Record<string, number>): OwnerWord => ({ level: 'error', message, fields: { code: 'function_timeout', ...limit } })
  const { streamMs, streamIdleMs } = functionLimits
  if (stream === null) return word(`The function did not answer within ${fn.timeoutMs} ms.`, { timeoutMs: fn.timeoutMs })
  if (now >= streamsUntil) return word(`The response was cut off: it may take ${streamMs} ms at most.`, { streamMs })
  return word(`The response was cut off: nothing was sent for ${streamIdleMs} ms.`, { streamIdleMs })
}

export function explainDropped (maxBytes: number): OwnerWord {
  return { level: 'warn', message: `Further log lines are dropped: a function may log ${maxBytes / 1024} kB in a second.`, fields: { maxBytesPerSecond: maxBytes } }
}

export const lossCodes = { memory: 'function_memory_exceeded', stall: 'function_timeout', crash: 'sandbox_lost' } as const satisfies Record<LossReason, string>

const causes: Record<LossReason, (limits: Record<string, number>) => string> = {
  memory: ({ maxResidentBytes = 0 }) => `the sandbox may have ${Math.round(maxResidentBytes / 2 ** 20)} MB of memory, and it used more`,
  stall: ({ maxTurnMs }) => `it used the processor for more than ${maxTurnMs} ms without a pause, and could not be stopped`,
  crash: () => 'the process crashed while its code was running'
}

const apart = 'From now on this version runs in a sandbox apart from other functions.'
