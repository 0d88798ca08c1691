import type { SandboxLimits } from './sandbox-process.ts'

/**
 * What every function may take, beside what its owner may choose (`shared/function-limits.ts`). The isolate keeps what it can keep by
 * itself; what tenant code can keep it from keeping, the watchdog keeps from outside (`sandboxLimits`).
 */
export const functionLimits = {
  /** One turn without a pause. All functions of the sandbox stand still meanwhile. */
  turnMs: 500,
  /** Outbound requests of one function at a time in one sandbox; further ones wait. */
  concurrentRequests: 16,
  /** How long a response may stream, and how long without anything being sent. */
  streamMs: 15 * 60_000,
  streamIdleMs: 60_000
} as const

/**
 * What one sandbox process may take with so much memory. Half of it is for the heaps of isolates that wait for calls: the other half is
 * for what V8 has beside heaps, and for those that are at work, of which one has at most half of that.
 */
export function sandboxLimitsFor (memoryMb: number): SandboxLimits {
  return { ...sandboxLimits, maxResidentBytes: memoryMb * 2 ** 20, maxHeapBytes: memoryMb / 2 * 2 ** 20, maxIsolates: memoryMb, maxIsolateMb: memoryMb / 4 }
}

/** What one sandbox process may take, where whoever starts it says nothing else. */
export const sandboxLimits: SandboxLimits = {
  maxIsolates: 512,
  maxIsolateMb: 128,
  maxHeapBytes: 256 * 1024 * 1024,
  maxResidentBytes: 512 * 1024 * 1024,
  maxSilenceMs: 5_000,
  // More than the turn that the isolate ends by itself.
  maxTurnMs: functionLimits.turnMs + 250,
  heavyTurnMs: 100,
  maxHeavyMs: 1_000
}

/** So many sandboxes for functions that run apart; further ones share them. */
export const maxApartSandboxes = 4
export const maxApartFunctions = 1_000
/** A sandbox for functions that run apart ends when none of them was called for so long. */
export const apartIdleMs = 5 * 60_000
