import { pino } from 'pino'
import { systemClock } from '#shared/clock.ts'
import type { LogBatch } from '#shared/logs.ts'
import type { FunctionLogLine } from '../../data-plane/functions/runner.ts'
import { createLogShipper, type LogShipper, type LogShipperOptions } from '../../data-plane/logs/shipper.ts'
import { createQueue } from './queue.ts'

export interface Shipped extends LogShipper {
  /** The next batch that was sent; it waits for its answer. */
  next: () => Promise<{ batch: LogBatch, answer: () => void, fail: (error: Error) => void }>
  say: (message: string, more?: Partial<FunctionLogLine>) => void
  /** What operators were told. */
  operatorLines: Array<Record<string, unknown>>
}

/** A shipper; the test is its control plane. */
export function startShipper (options: Partial<LogShipperOptions> = {}): Shipped {
  const sent = createQueue<Awaited<ReturnType<Shipped['next']>>>()
  const operatorLines: Array<Record<string, unknown>> = []
  const logger = pino({ level: 'debug' }, { write: text => { operatorLines.push(JSON.parse(text) as Record<string, unknown>) } })
  const post = async (matter: string, batch: unknown): Promise<undefined> => {
    if (matter !== '/logs') throw new Error(`Nothing is to be sent to ${matter}`)
    await new Promise<void>((resolve, reject) => sent.push({ batch: structuredClone(batch) as LogBatch, answer: resolve, fail: reject }))
  }
  const shipper = createLogShipper({ uplink: { post }, logger, clock: systemClock, backoffMs: { first: 1, longest: 5 }, flushMs: 10, ...options })
  return {
    ...shipper,
    next: sent.next,
    operatorLines,
    say: (message, more = {}) => shipper.write({
      time: 1, level: 'info', gatewayId: 'shop', environment: 'dev', functionName: 'hello', versionId: 'v1', requestId: 'r1', message, fields: {}, ...more
    })
  }
}
