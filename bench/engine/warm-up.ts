import type { Round } from '../result.ts'

/** Of one turn, in seconds. */
const turnSeconds = 1
/** Two without gain, after one at least: a single one may have met a busy machine. */
const withoutGain = 2
const maxTurns = 10
/** Of what a request has taken at best until then: whoever gets below it is still being compiled. */
const flatShare = 0.95

/**
 * Loads a peer until its requests get no cheaper: V8 compiles what is hot for seconds, and what is compiled already needs no more than three. One rule for all,
 * whatever they are made of.
 * @returns after how many seconds
 */
export async function warmUp (load: (seconds: number) => Promise<Round>): Promise<number> {
  const costs: number[] = []
  while (costs.length < maxTurns && !isFlat(costs)) costs.push(costOf(await load(turnSeconds)))
  return costs.length * turnSeconds
}

/** @param costs of the turns so far */
export function isFlat (costs: readonly number[]): boolean {
  const best = Math.min(...costs.slice(0, -withoutGain))
  return costs.length > withoutGain && Math.min(...costs.slice(-withoutGain)) >= best * flatShare
}

/** Processor time, which does not mind what else the machine does; the time from one answer to the next where the system does not say. Microseconds. */
export function costOf ({ cpuMicros, requestsPerSecond }: Pick<Round, 'cpuMicros' | 'requestsPerSecond'>): number {
  return cpuMicros === null ? 1e6 / requestsPerSecond : Object.values(cpuMicros).reduce((sum, micros) => sum + micros, 0)
}
