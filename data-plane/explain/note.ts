import type { TraceDecision, TraceDetails, TraceStage } from '#shared/request-traces.ts'
import type { Exchange } from '../edge/exchange.ts'

/**
 * Tells the request's owner what a stage has decided. Problems need no word: whoever answers with one has it noted, for the stage that
 * `exchange.stage` says.
 * @param reason a word of the stage's own, or the code of a problem
 * @param details made beforehand where that can be, since they are kept. No secret, no body, no header's value
 */
export function note ({ trace }: Pick<Exchange, 'trace'>, stage: TraceStage, decision: TraceDecision, reason: string | null = null, details: TraceDetails | null = null): void {
  if (trace !== null) trace.note(stage, decision, reason, details, performance.now())
}
