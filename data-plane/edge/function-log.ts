import type { FunctionLogLine } from '../functions/runner.ts'
import { streamSink } from './line-sinks.ts'
import { createLineWriter } from './lines.ts'

/** What functions say to their owners, on standard output, beside what the platform logs and in the same shape. */
export interface FunctionLog {
  write: (line: FunctionLogLine) => void
  close: () => Promise<void>
}

/** pino's numbers, so that one tool reads all lines. */
const levels: Record<FunctionLogLine['level'], number> = { debug: 20, info: 30, warn: 40, error: 50 }

export function openFunctionLog (minLevel: number, onError: (error: unknown) => void): FunctionLog {
  const lines = createLineWriter({ sink: streamSink(process.stdout), onError })
  return {
    write: line => {
      if (levels[line.level] >= minLevel) lines.write(formatLogLine(line))
    },
    close: lines.close
  }
}

/** Text and fields are a tenant's: they stay inside their own members, so no line can look like another one. */
export function formatLogLine ({ time, level, message, fields, ...about }: FunctionLogLine): string {
  return `${JSON.stringify({ level: levels[level], time, name: 'function', ...about, fields, msg: message })}\n`
}
