import { maxBufferedBytes, type FunctionLimits } from '#shared/function-limits.ts'
import type { Stop } from './engine.ts'

/** What the owner of a function reads when its isolate was ended. */
export function describeStop (stop: Stop, turnMs: number, { cpuMs, memoryMb }: FunctionLimits): string {
  switch (stop) {
    case 'timeout': return `The function used the processor for ${turnMs} ms without a pause${turnMs === cpuMs ? ' (cpuMs)' : ''}, and was stopped.`
    case 'memory': return `The function used more than ${memoryMb} MB of memory (memoryMb), and was stopped.`
    case 'broken': return 'The isolate of the function ended.'
  }
}

export function cpuSpent ({ cpuMs }: FunctionLimits): string {
  return `The call used the processor for more than ${cpuMs} ms (cpuMs), and was stopped.`
}

export function tooManyCalls ({ concurrentCalls }: FunctionLimits): string {
  return `More than ${concurrentCalls} calls of the function were waiting at once (concurrentCalls); further ones are refused.`
}

export function tooManyRequests ({ outboundRequests }: FunctionLimits): string {
  return `a call may make ${outboundRequests} outbound requests (outboundRequests)`
}

export function responseTooLarge ({ maxResponseBytes }: FunctionLimits, isStreaming: boolean): string {
  if (isStreaming) return `The response was cut off: it has more than ${maxResponseBytes} bytes (maxResponseBytes).`
  if (maxResponseBytes < maxBufferedBytes) return `The response has more than ${maxResponseBytes} bytes (maxResponseBytes).`
  return `The response has more than ${maxBufferedBytes} bytes, which is the most for one that does not stream.`
}
