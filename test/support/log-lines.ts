import { randomUUID } from 'node:crypto'
import type { LogBatch, LogLine } from '#shared/logs.ts'

export const noon = Date.UTC(2030, 0, 1, 12)

export function makeLine (overrides: Partial<LogLine> = {}): LogLine {
  return {
    time: noon, level: 'info', gatewayId: 'shop', environment: 'dev', functionName: 'hello', versionId: 'v1', requestId: 'request-1',
    message: 'hello', fields: '', ...overrides
  }
}

/** The batches of one edge worker, in their order. */
export function createOrigin (): (...lines: Array<Partial<LogLine>>) => LogBatch {
  const origin = randomUUID()
  let sequence = 0
  return (...lines) => ({ origin, sequence: ++sequence, lines: lines.map(makeLine) })
}
