import { connect, type Socket } from 'node:net'
import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { FrameError, FrameReader, frameTypes, FrameWriter } from './frames.ts'
import { LogBudget } from './log-budget.ts'
import { parseFields, readFailed, readLog, writeCall, writeCancel, writeLoad, type LogLevel } from './messages.ts'
import { readResult } from './result.ts'
import type { FunctionCall, FunctionLogLine, FunctionResult, RunnableFunction } from './runner.ts'

/** A call on its way. Times are milliseconds since the epoch. */
export interface Pending {
  /** 0: not sent. */
  id: number
  handle: number
  fn: RunnableFunction
  call: FunctionCall
  resolve: (result: FunctionResult) => void
  reject: (problem: unknown) => void
  startedAt: number
  deadline: number
  sends: number
}

interface LoadedFunction {
  fn: RunnableFunction
  logs: LogBudget
}

/** A sandbox that died is back long before; without one by then, something is wrong that waiting does not mend. */
const maxWaitMs = 5_000
const maxPending = 10_000
const maxBufferedBytes = 64 * 1024 * 1024
const maxFrameBytes = 8 * 1024 * 1024
const maxHandles = 10_000
/** How often a sandbox may say of one call that its function is not loaded. */
const maxSends = 3
const retryMs = { first: 20, most: 1_000 }

/** The connection to the sandbox in one slot, and the calls that were given to it. */
export class SandboxLink {
  readonly #slot: number
  readonly #logger: Logger
  readonly #onLog: (line: FunctionLogLine) => void
  readonly #clock: Clock
  readonly #pending = new Map<number, Pending>()
  readonly #waiting = new Set<Pending>()
  #path: string | null = null
  #socket: Socket | null = null
  #writer: FrameWriter | null = null
  /** By key: the function's name on this connection, never used again for another. */
  #handles = new Map<string, number>()
  #functions = new Map<number, LoadedFunction>()
  #nextId = 1
  #nextHandle = 1
  #isFlushing = false
  #retry: NodeJS.Timeout | undefined
  #retryMs = retryMs.first

  constructor (slot: number, logger: Logger, onLog: (line: FunctionLogLine) => void, clock: Clock) {
    this.#slot = slot
    this.#logger = logger
    this.#onLog = onLog
    this.#clock = clock
  }

  /** From now on the sandbox is found there; `null`: nowhere, for now. */
  connect (path: string | null): void {
    if (path === this.#path) return
    this.#path = path
    this.#disconnect()
    this.#retryMs = retryMs.first
    if (path !== null) this.#open(path)
  }

  close (): void {
    this.connect(null)
    for (const pending of this.#waiting) pending.reject(new Problem('function_unavailable'))
    this.#waiting.clear()
  }

  call (pending: Pending): void {
    if (this.#pending.size + this.#waiting.size >= maxPending || (this.#socket?.writableLength ?? 0) > maxBufferedBytes) {
      pending.reject(new Problem('function_unavailable', 'Too many calls wait for the function.'))
    } else if (this.#writer === null) {
      this.#waiting.add(pending)
    } else {
      this.#send(pending, this.#writer)
    }
  }

  /** Ends the calls whose time is up. true: calls are left. */
  expire (now: number): boolean {
    for (const pending of this.#pending.values()) {
      if (pending.deadline > now) continue
      this.#pending.delete(pending.id)
      if (this.#writer !== null) writeCancel(this.#writer, pending.id, pending.handle)
      this.#scheduleFlush()
      this.#tell(pending.fn, pending.call.requestId, 'error', `The function did not answer within ${pending.fn.timeoutMs} ms.`)
      pending.reject(new Problem('function_timeout'))
    }
    for (const pending of this.#waiting) {
      if (Math.min(pending.deadline, pending.startedAt + maxWaitMs) > now) continue
      this.#waiting.delete(pending)
      pending.reject(new Problem('function_unavailable'))
    }
    return this.#pending.size + this.#waiting.size > 0
  }

  #open (path: string): void {
    const socket = connect(path)
    const reader = new FrameReader(maxFrameBytes, (type, id, payload) => this.#receive(type, id, payload))
    this.#socket = socket
    socket.on('connect', () => {
      this.#retryMs = retryMs.first
      this.#writer = new FrameWriter(chunk => { socket.write(chunk) })
      for (const pending of this.#waiting) this.#send(pending, this.#writer)
      this.#waiting.clear()
    })
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
      } catch (err) {
        // Whatever a sandbox sends, it must not reach further than its own connection.
        this.#logger.error({ err, slot: this.#slot }, 'a sandbox sent what cannot be read')
        socket.destroy()
      }
    })
    socket.on('error', err => this.#logger.debug({ err, slot: this.#slot }, 'the connection to a sandbox broke'))
    socket.on('close', () => {
      if (socket !== this.#socket) return
      this.#disconnect()
      this.#retry = setTimeout(() => this.#open(path), this.#retryMs)
      this.#retryMs = Math.min(retryMs.most, this.#retryMs * 2)
    })
  }

  /** The calls in flight are lost: whether they have begun, nobody knows any more. */
  #disconnect (): void {
    clearTimeout(this.#retry)
    this.#socket?.destroy()
    this.#socket = null
    this.#writer = null
    this.#handles = new Map()
    this.#functions = new Map()
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    for (const pending of lost) pending.reject(new Problem('sandbox_lost'))
  }

  #send (pending: Pending, writer: FrameWriter): void {
    const { fn, call } = pending
    const handle = this.#handles.get(fn.key) ?? this.#tryLoad(pending, writer)
    if (handle === null) return
    pending.id = this.#nextId
    pending.handle = handle
    pending.sends++
    this.#nextId = this.#nextId === 0xffffffff ? 1 : this.#nextId + 1
    this.#pending.set(pending.id, pending)
    writeCall(writer, pending.id, handle, call)
    this.#scheduleFlush()
  }

  /** What cannot be handed over concerns this call alone, and nobody else's on the connection. `null`: it has been rejected. */
  #tryLoad (pending: Pending, writer: FrameWriter): number | null {
    try {
      return this.#load(pending.fn, writer)
    } catch (error) {
      pending.reject(error)
      return null
    }
  }

  #load (fn: RunnableFunction, writer: FrameWriter): number {
    if (this.#handles.size >= maxHandles) {
      for (const [key, handle] of this.#handles) {
        this.#forget(key, handle)
        break
      }
    }
    const handle = this.#nextHandle++
    const { key, gatewayId, gatewayName, environment, timeoutMs, variables } = fn
    writeLoad(writer, handle, { key, gateway: { id: gatewayId, name: gatewayName }, environment, timeoutMs, variables }, fn.code())
    this.#handles.set(key, handle)
    this.#functions.set(handle, { fn, logs: new LogBudget() })
    return handle
  }

  #forget (key: string, handle: number): void {
    if (this.#handles.get(key) === handle) this.#handles.delete(key)
    this.#functions.delete(handle)
  }

  #receive (type: number, id: number, payload: Buffer): void {
    if (type === frameTypes.log) return this.#log(id, payload)
    const pending = this.#pending.get(id)
    // Answered by the clock already.
    if (pending === undefined) return
    switch (type) {
      case frameTypes.result: return this.#answer(pending, payload)
      case frameTypes.failed:
        this.#pending.delete(id)
        return pending.reject(new Problem(readFailed(payload)))
      case frameTypes.missing: return this.#resend(pending)
      default: throw new FrameError(`A sandbox sends no frame of type ${type}`)
    }
  }

  #answer (pending: Pending, payload: Buffer): void {
    const result = readResult(payload)
    this.#pending.delete(pending.id)
    if (!('invalid' in result)) return pending.resolve(result)
    this.#tell(pending.fn, pending.call.requestId, 'error', result.invalid)
    pending.reject(new Problem('function_result_invalid'))
  }

  #resend (pending: Pending): void {
    this.#pending.delete(pending.id)
    this.#forget(pending.fn.key, pending.handle)
    if (pending.sends >= maxSends || this.#writer === null) pending.reject(new Problem('function_unavailable'))
    else this.#send(pending, this.#writer)
  }

  #log (id: number, payload: Buffer): void {
    const { handle, line } = readLog(payload)
    const loaded = this.#functions.get(handle)
    if (loaded === undefined) return
    const pending = this.#pending.get(id)
    const requestId = pending?.handle === handle ? pending.call.requestId : null
    switch (loaded.logs.spend(payload.length, this.#clock.now())) {
      case 'within': return this.#tell(loaded.fn, requestId, line.level, line.message, line.time, line.fields)
      case 'exhausted': return this.#tell(loaded.fn, null, 'warn', 'Further log lines are dropped: the function logs too much.')
      case 'dropped':
    }
  }

  #tell (fn: RunnableFunction, requestId: string | null, level: LogLevel, message: string, time = this.#clock.now(), fields = ''): void {
    const { gatewayId, environment, functionName, versionId } = fn
    this.#onLog({ time, level, gatewayId, environment, functionName, versionId, requestId, message, fields: parseFields(fields) })
  }

  /** All that is written until the end of this turn of the event loop leaves in one write. */
  #scheduleFlush (): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      this.#writer?.flush()
    })
  }
}
