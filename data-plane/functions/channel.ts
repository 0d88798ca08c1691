import { connect, type Socket } from 'node:net'
import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { functionOf } from './blame.ts'
import { FrameError, FrameReader, frameTypes, FrameWriter } from './frames.ts'
import { functionLimits } from './limits.ts'
import { LogBudget } from './log-budget.ts'
import { parseFields, readFailed, readLog, writeCall, writeCancel, writeLoad, writeWindow, type FailureCode, type LogLevel } from './messages.ts'
import { ResponseStream } from './response-stream.ts'
import { readResult, type BufferedResult } from './result.ts'
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
  /** Something of it has left the sandbox: it must not run a second time. */
  departed: boolean
  /** It was lost with a sandbox, and has been given to another. */
  retried: boolean
  /** Nobody waits for it any more. */
  abandoned: boolean
  /** The body of its answer, where that has begun and goes on. */
  stream: ResponseStream | null
  streamsUntil: number
}

export interface ChannelEvents {
  onOpen: () => void
  /**
   * Exactly once, unless it was opened in vain. @param isBroken what it sent could not be read
   * @param functions what was loaded, by key
   */
  onClosed: (lost: Pending[], functions: RunnableFunction[], isBroken: boolean) => void
  logger: Logger
  onLog: (line: FunctionLogLine) => void
  clock: Clock
}

interface LoadedFunction {
  fn: RunnableFunction
  logs: LogBudget
}

const maxFrameBytes = 8 * 1024 * 1024
const maxHandles = 10_000
/** How often a sandbox may say of one call that its function is not loaded. */
const maxSends = 3
const retryAfterSeconds = '1'

/** One connection to one sandbox, and the calls that were given to it. */
export class SandboxChannel {
  readonly #events: ChannelEvents
  readonly #socket: Socket
  readonly #writer: FrameWriter
  readonly #pending = new Map<number, Pending>()
  /** By key: the function's name on this connection, never used again for another. */
  readonly #handles = new Map<string, number>()
  readonly #functions = new Map<number, LoadedFunction>()
  #isOpen = false
  #isBroken = false
  #nextId = 1
  #nextHandle = 1
  #isFlushing = false

  constructor (path: string, events: ChannelEvents) {
    this.#events = events
    const socket = this.#socket = connect(path)
    this.#writer = new FrameWriter(chunk => { socket.write(chunk) })
    const reader = new FrameReader(maxFrameBytes, (type, id, payload) => this.#receive(type, id, payload))
    socket.on('connect', () => {
      this.#isOpen = true
      events.onOpen()
    })
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
      } catch (err) {
        // Whatever a sandbox sends, it must not reach further than its own connection.
        events.logger.error({ err, path }, 'a sandbox sent what cannot be read')
        this.#isBroken = true
        socket.destroy()
      }
    })
    socket.on('error', err => events.logger.debug({ err, path }, 'the connection to a sandbox broke'))
    socket.on('close', () => this.#close())
  }

  get isOpen (): boolean { return this.#isOpen }
  get size (): number { return this.#pending.size }
  get bufferedBytes (): number { return this.#socket.writableLength }

  destroy (): void {
    this.#socket.destroy()
  }

  send (pending: Pending): void {
    const { fn, call } = pending
    const handle = this.#handles.get(fn.key) ?? this.#tryLoad(pending)
    if (handle === null) return
    pending.id = this.#nextId
    pending.handle = handle
    pending.sends++
    this.#nextId = this.#nextId === 0xffffffff ? 1 : this.#nextId + 1
    this.#pending.set(pending.id, pending)
    writeCall(this.#writer, pending.id, handle, call)
    this.#scheduleFlush()
  }

  find (functionId: string): RunnableFunction | null {
    for (const { fn } of this.#functions.values()) if (functionOf(fn.key) === functionId) return fn
    return null
  }

  /** Ends the calls whose time is up. */
  expire (now: number): void {
    for (const pending of this.#pending.values()) {
      if (pending.deadline > now) continue
      this.#cancel(pending)
      if (!pending.abandoned) this.#tell(pending.fn, pending.call.requestId, 'error', explainTimeout(pending, now))
      pending.reject(new Problem('function_timeout'))
    }
  }

  #cancel (pending: Pending): void {
    if (!this.#pending.delete(pending.id)) return
    writeCancel(this.#writer, pending.id, pending.handle)
    this.#scheduleFlush()
  }

  #close (): void {
    this.#isOpen = false
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    this.#events.onClosed(lost, [...this.#functions.values()].map(({ fn }) => fn), this.#isBroken)
  }

  /** What cannot be handed over concerns this call alone, and nobody else's on the connection. `null`: it has been rejected. */
  #tryLoad (pending: Pending): number | null {
    try {
      return this.#load(pending.fn)
    } catch (error) {
      pending.reject(error)
      return null
    }
  }

  #load (fn: RunnableFunction): number {
    if (this.#handles.size >= maxHandles) {
      for (const [key, handle] of this.#handles) {
        this.#forget(key, handle)
        break
      }
    }
    const handle = this.#nextHandle++
    const { key, gatewayId, gatewayName, environment, timeoutMs, variables } = fn
    writeLoad(this.#writer, handle, { key, gateway: { id: gatewayId, name: gatewayName }, environment, timeoutMs, variables }, fn.code())
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
        return pending.reject(toProblem(readFailed(payload)))
      case frameTypes.missing: return this.#resend(pending)
      case frameTypes.departed:
        pending.departed = true
        return
      case frameTypes.bodyChunk: return this.#receiveChunk(pending, payload)
      case frameTypes.bodyEnd:
        this.#pending.delete(id)
        return pending.stream?.finish()
      default: throw new FrameError(`A sandbox sends no frame of type ${type}`)
    }
  }

  #answer (pending: Pending, payload: Buffer): void {
    if (pending.stream !== null) throw new FrameError('A call was answered twice')
    const result = readResult(payload)
    if ('isStream' in result && result.body !== null) return this.#stream(pending, result)
    if ('isStream' in result) this.#cancel(pending)
    this.#pending.delete(pending.id)
    if (!('invalid' in result)) return pending.resolve(result)
    this.#tell(pending.fn, pending.call.requestId, 'error', result.invalid)
    pending.reject(new Problem('function_result_invalid'))
  }

  #stream (pending: Pending, { status, headers }: BufferedResult): void {
    const stream = new ResponseStream({
      onRoom: cost => {
        if (!this.#pending.has(pending.id)) return
        writeWindow(this.#writer, pending.id, pending.handle, cost)
        this.#scheduleFlush()
      },
      onCancel: () => this.#cancel(pending)
    })
    pending.stream = stream
    pending.streamsUntil = this.#events.clock.now() + functionLimits.streamMs
    this.#prolong(pending)
    pending.resolve({ status, headers, body: stream })
    // Whatever ends it from now on has something to take back.
    pending.departed = true
    pending.reject = problem => stream.destroy(problem as Problem)
  }

  #receiveChunk (pending: Pending, chunk: Buffer): void {
    if (pending.stream === null) throw new FrameError('A body has no head')
    pending.stream.receive(chunk)
    this.#prolong(pending)
  }

  #prolong (pending: Pending): void {
    pending.deadline = Math.min(pending.streamsUntil, this.#events.clock.now() + functionLimits.streamIdleMs)
  }

  #resend (pending: Pending): void {
    this.#pending.delete(pending.id)
    this.#forget(pending.fn.key, pending.handle)
    if (pending.sends >= maxSends) pending.reject(new Problem('function_unavailable'))
    else this.send(pending)
  }

  #log (id: number, payload: Buffer): void {
    const { handle, line } = readLog(payload)
    const loaded = this.#functions.get(handle)
    if (loaded === undefined) return
    const pending = this.#pending.get(id)
    const requestId = pending?.handle === handle ? pending.call.requestId : null
    switch (loaded.logs.spend(payload.length, this.#events.clock.now())) {
      case 'within': return this.#tell(loaded.fn, requestId, line.level, line.message, line.time, line.fields)
      case 'exhausted': return this.#tell(loaded.fn, null, 'warn', 'Further log lines are dropped: the function logs too much.')
      case 'dropped':
    }
  }

  #tell (fn: RunnableFunction, requestId: string | null, level: LogLevel, message: string, time = this.#events.clock.now(), fields = ''): void {
    const { gatewayId, environment, functionName, versionId } = fn
    this.#events.onLog({ time, level, gatewayId, environment, functionName, versionId, requestId, message, fields: parseFields(fields) })
  }

  /** All that is written until the end of this turn of the event loop leaves in one write. */
  #scheduleFlush (): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      if (!this.#socket.destroyed) this.#writer.flush()
    })
  }
}

function explainTimeout ({ fn, stream, streamsUntil }: Pending, now: number): string {
  if (stream === null) return `The function did not answer within ${fn.timeoutMs} ms.`
  if (now >= streamsUntil) return `The response was cut off: it may take ${functionLimits.streamMs} ms at most.`
  return `The response was cut off: nothing was sent for ${functionLimits.streamIdleMs} ms.`
}

function toProblem (code: FailureCode): Problem {
  return new Problem(code, undefined, code === 'function_overloaded' ? { headers: { 'retry-after': retryAfterSeconds } } : undefined)
}
