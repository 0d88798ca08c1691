import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import { maxFieldsUnits, maxMessageUnits, type LogBatch, type LogLine } from '#shared/logs.ts'
import type { FunctionLogLine } from '../functions/runner.ts'
import { UplinkError, type Uplink } from '../uplink.ts'
import { FairBuffer, type Loss } from './fair-buffer.ts'

/** Brings what functions say to the control plane. */
export interface LogShipper {
  /** Never waits, and never fails: lines are kept in memory until they are shipped, or dropped and counted. */
  write: (line: FunctionLogLine) => void
  /** Ships what is left, for as long as it may take. */
  close: () => Promise<void>
}

export interface LogShipperOptions {
  uplink: Pick<Uplink, 'post'>
  logger: Logger
  clock: Clock
  /** How long a line waits for others. */
  flushMs?: number
  /** Between the first two tries, and between any two at most. */
  backoffMs?: { first: number, longest: number }
  /** For what is left in the end. */
  closeMs?: number
  /** In UTF-16 units. */
  maxBufferSize?: number
}

const batchSize = 128 * 1024
/** Between two batches where there is more: the control plane has others to serve, too. */
const paceMs = 50

export function createLogShipper (options: LogShipperOptions): LogShipper {
  const { uplink, logger, clock, flushMs = 200, backoffMs = { first: 200, longest: 10_000 }, closeMs = 750, maxBufferSize = 8 * 1024 * 1024 } = options
  const buffer = new FairBuffer({ maxSize: maxBufferSize, batchSize })
  const origin = randomUUID()
  const hurry = new AbortController()
  let sequence = 0
  let isAway = false
  let timer: NodeJS.Timeout | undefined
  let shipping: Promise<void> | null = null

  /** true: it is settled what became of the batch. */
  const tryOnce = async (batch: LogBatch, losses: Loss[]): Promise<boolean> => {
    try {
      await uplink.post('/logs', batch)
      if (isAway) logger.info('what functions log is shipped again')
      isAway = false
      return true
    } catch (err) {
      if (err instanceof UplinkError && err.failure !== 'refused') {
        // Said once: the same every few seconds helps nobody.
        logger[isAway ? 'debug' : 'warn']({ err }, 'what functions log cannot be shipped; trying again')
        isAway = true
        return false
      }
      logger.error({ err, lines: batch.lines.length }, 'the control plane does not take what functions log; these lines are lost')
      for (const line of batch.lines) if (line.functionName !== null) buffer.lose(line, 1)
      for (const loss of losses) buffer.lose(loss, loss.lines)
      return true
    }
  }
  const ship = async (): Promise<void> => {
    const { lines, losses } = buffer.take()
    const batch = { origin, sequence: ++sequence, lines: [...losses.map(loss => describeLoss(loss, clock.now())), ...lines] }
    for (let tries = 0; !await tryOnce(batch, losses); tries++) {
      // Full jitter: workers that lost the same control plane come back spread out.
      await delay(Math.random() * Math.min(backoffMs.longest, backoffMs.first * 2 ** Math.min(tries, 20)))
    }
  }
  const shipAll = async (): Promise<void> => {
    do {
      await ship()
      if (!hurry.signal.aborted) await delay(paceMs)
    } while (buffer.isFull || (hurry.signal.aborted && !buffer.isEmpty))
  }
  const start = (): void => {
    clearTimeout(timer)
    timer = undefined
    shipping ??= shipAll().finally(() => {
      shipping = null
      if (!buffer.isEmpty) schedule()
    })
  }
  const schedule = (): void => {
    if (shipping !== null) return
    if (buffer.isFull || hurry.signal.aborted) start()
    else timer ??= setTimeout(start, flushMs)
  }
  const settle = async (): Promise<void> => {
    for (let run = shipping; run !== null; run = shipping) await run
  }

  return {
    write: line => {
      buffer.add(toLine(line))
      schedule()
    },
    close: async () => {
      hurry.abort()
      if (!buffer.isEmpty) schedule()
      const deadline = Promise.withResolvers<false>()
      const timeout = setTimeout(() => deadline.resolve(false), closeMs)
      const isDone = await Promise.race([settle().then(() => true), deadline.promise])
      clearTimeout(timeout)
      if (!isDone) logger.warn('the last lines of functions are lost: the control plane does not take them')
    }
  }
}

/** Bounded, and such as a document may hold: what crosses the wire is looked at by stricter eyes than a tenant's. */
function toLine ({ message, fields, ...line }: FunctionLogLine): LogLine {
  const json = Object.keys(fields).length === 0 ? '' : JSON.stringify(fields)
  return {
    ...line,
    message: message.slice(0, maxMessageUnits).replaceAll('\0', '\ufffd').toWellFormed(),
    fields: json.length > maxFieldsUnits ? '{"truncated":true}' : json
  }
}

function describeLoss ({ gatewayId, environment, lines }: Loss, time: number): LogLine {
  const message = lines === 1 ? '1 log line was lost' : `${lines} log lines were lost`
  return {
    time, level: 'warn', gatewayId, environment, functionName: null, versionId: null, requestId: null,
    message: `${message} on the way: more was logged than could be shipped.`, fields: JSON.stringify({ code: 'log_lines_lost', lines })
  }
}
