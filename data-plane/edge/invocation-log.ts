import { maxInvocationLogBytes, maxInvocationLogLines, type InvocationLogLine } from '#shared/invocations.ts'
import type { FunctionLogLine } from '../functions/runner.ts'

export interface InvocationLog {
  write: (line: FunctionLogLine) => void
  take: () => { logs: InvocationLogLine[], logsTruncated: boolean }
}

/** The lines of one call, kept for its answer: the first ones, since what follows a flood is more of it. */
export function createInvocationLog (): InvocationLog {
  const logs: InvocationLogLine[] = []
  let bytes = 0
  let logsTruncated = false
  return {
    write: ({ time, level, message, fields }) => {
      const line = { time, level, message, fields }
      bytes += Buffer.byteLength(JSON.stringify(line))
      logsTruncated ||= logs.length === maxInvocationLogLines || bytes > maxInvocationLogBytes
      if (!logsTruncated) logs.push(line)
    },
    take: () => ({ logs, logsTruncated })
  }
}
