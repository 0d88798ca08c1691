import { functionLimits } from '../limits.ts'
import type { Stop } from './engine.ts'

/** What the owner of a function reads when its isolate was ended. */
export function describeStop (stop: Stop, turnMs: number): string {
  switch (stop) {
    case 'timeout': return `The function used the processor for ${turnMs} ms without a pause, and was stopped.`
    case 'memory': return `The function used more than ${functionLimits.memoryMb} MB of memory, and was stopped.`
    case 'broken': return 'The isolate of the function ended.'
  }
}

export const cpuSpent = `The call used the processor for more than ${functionLimits.cpuMs} ms, and was stopped.`
export const tooManyCalls = `More than ${functionLimits.concurrentCalls} calls of the function were waiting at once; further ones are refused.`
