import type { Call } from './call.ts'

/** The exact clock is asked when this much may have been used according to the cheap one. */
const worthAskingMs = 5

/** Processor time of an isolate, read only where a wall clock says that it may matter. */
export class CpuMeter {
  readonly #cpuMs: () => number
  #readMs = 0
  #elapsedMs = 0

  constructor (cpuMs: () => number) {
    this.#cpuMs = cpuMs
  }

  /** What has been used since it last answered with something. @param elapsedMs the time that the last turn took */
  take (elapsedMs: number): number {
    this.#elapsedMs += elapsedMs
    if (this.#elapsedMs < worthAskingMs) return 0
    this.#elapsedMs = 0
    const now = this.#cpuMs()
    const used = now - this.#readMs
    this.#readMs = now
    return Math.max(0, used)
  }

  /** Forgets what has been used so far. */
  reset (): void {
    this.#readMs = this.#cpuMs()
    this.#elapsedMs = 0
  }
}

/** A call may take its processor time once; one that streams, once in so long. */
const streamPeriodMs = 60_000

/** Waiting is free; who works in many turns pays for all of them. Returns the calls that have taken more than `maxMs`. */
export function charge (calls: Call[], cpuMs: number, maxMs: number): Call[] {
  const now = performance.now()
  for (const call of calls) {
    if (call.isStreaming && now - call.cpuSince > streamPeriodMs) {
      call.cpuSince = now
      call.cpuMs = 0
    }
    call.cpuMs += cpuMs / calls.length
  }
  return calls.filter(call => call.cpuMs > maxMs)
}
