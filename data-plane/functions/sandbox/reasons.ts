import { maxBufferedBytes, type FunctionLimits } from '#shared/function-limits.ts'
import type { OwnerWord } from '../owner-words.ts'
import type { Stop } from './engine.ts'

/** To the owner of a function whose isolate was ended. */
export function explainStop (stop: Stop, turnMs: number, { cpuMs, memoryMb }: FunctionLimits): OwnerWord {
  switch (stop) {
    case 'timeout': {
      const name = turnMs === cpuMs ? 'cpuMs' : 'turnMs'
      return failure('function_timeout', `The function used the processor for ${turnMs} ms without a pause (${name}), and was stopped.`, { [name]: turnMs })
    }
    case 'memory': return failure('function_memory_exceeded', `The function used more than ${memoryMb} MB of memory (memoryMb), and was stopped.`, { memoryMb })
    case 'broken': return failure('function_failed', 'The isolate of the function ended.', {})
  }
}

export function explainCpu ({ cpuMs }: FunctionLimits): OwnerWord {
  return failure('function_timeout', `The call used the processor for more than ${cpuMs} ms (cpuMs), and was stopped.`, { cpuMs })
}

export function explainCrowd ({ concurrentCalls }: FunctionLimits): OwnerWord {
  const message = `More than ${concurrentCalls} calls of the function were waiting at once (concurrentCalls); further ones are refused.`
  return { ...failure('function_overloaded', message, { concurrentCalls }), level: 'warn' }
}

export function explainTooLarge ({ maxResponseBytes }: FunctionLimits, isStreaming: boolean): OwnerWord {
  const code = 'function_response_too_large'
  if (isStreaming) return failure(code, `The response was cut off: it has more than ${maxResponseBytes} bytes (maxResponseBytes).`, { maxResponseBytes })
  if (maxResponseBytes < maxBufferedBytes) return failure(code, `The response has more than ${maxResponseBytes} bytes (maxResponseBytes).`, { maxResponseBytes })
  return failure(code, `The response has more than ${maxBufferedBytes} bytes, which is the most for one that does not stream.`, { maxBufferedBytes })
}

export function explainUnreadable (): OwnerWord {
  return failure('function_result_invalid', 'The response cannot be read.', {})
}

/** For the function itself. */
export function tooManyRequests ({ outboundRequests }: FunctionLimits): string {
  return `a call may make ${outboundRequests} outbound requests (outboundRequests)`
}

function failure (code: string, message: string, limit: Record<string, number>): OwnerWord {
  return { level: 'error', message, fields: { code, ...limit } }
}
