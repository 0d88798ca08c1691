import type { Round } from '../result.ts'

/** Of one turn, in seconds. */
const turnSeconds = 1
const minTurns = 2
const maxTurns = 8
/** Of what a request took in the turn before: more than that is still compiled away. */
const flatShare = 0.95

/**
 * Loads a peer until its requests get no cheaper: V8 compiles what is hot for seconds, and what is compiled already needs no more than two. One rule for all,
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
  const [last, before] = [costs.at(-1), costs.at(-2)]
  return costs.length >= minTurns && last! >= before! * flatShare
}

/** Processor time, which does not mind what else the machine does; the time from one answer to the next where the system does not say. Microseconds. */
export function costOf ({ cpuMicros, requestsPerSecond }: Pick<Round, 'cpuMicros' | 'requestsPerSecond'>): number {
  return cpuMicros === null ? 1e6 / requestsPerSecond : Object.values(cpuMicros).reduce((sum, micros) => sum + micros, 0)
}
