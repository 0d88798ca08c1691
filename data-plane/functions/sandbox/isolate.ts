import { encodeMark } from '../blame.ts'
import { maxResultBytes } from '../body-kinds.ts'
import { functionLimits } from '../limits.ts'
import type { FailureCode, FunctionMetadata, LogLevel, SandboxLogLine } from '../messages.ts'
import { CpuMeter } from './cpu-meter.ts'
import type { CreateEngine, Engine, Stop } from './engine.ts'
import { inKinds } from './inside/calls.ts'
import { parsePiece, type Entry, type Piece } from './out.ts'
import { OwnerLog } from './owner-log.ts'
import { cpuSpent, describeStop, tooManyCalls } from './reasons.ts'

/** Where answers go: the connection on which a call came, with the names it has there. */
export interface Caller {
  result: (id: number, status: number, bodyKind: number, headers: string, body: string | Uint8Array) => void
  failed: (id: number, code: FailureCode) => void
  missing: (id: number) => void
  log: (id: number, handle: number, line: SandboxLogLine) => void
}

export interface IsolateEvents {
  /** The isolate has something to run: `run` is to be called soon. */
  schedule: (isolate: FunctionIsolate) => void
  onStopped: (isolate: FunctionIsolate) => void
  /** Tenant code is about to run. */
  onTurn: (isolate: FunctionIsolate) => void
}

export interface IncomingCall {
  caller: Caller
  id: number
  handle: number
  /** Head and body in one text. */
  text: string
  headUnits: number
  /** The body, where it is not UTF-8; `text` is the head alone then. */
  bytes: Buffer | null
}

interface Call extends IncomingCall {
  number: number
  started: boolean
  cpuMs: number
}

/** A crossing takes as many calls as it is expected to finish in this time. */
const crossingGoalMs = 10
const maxBatch = 64
/** One line for all the calls that are refused in a row. */
const refusalLineMs = 1_000

/**
 * One function version with its variables, in an isolate of its own. Calls are gathered by `submit` and cross the border together in
 * `run`; nothing else ever crosses for a plain call.
 */
export class FunctionIsolate {
  readonly key: string
  /** For the watchdog: whose code it is. */
  readonly mark: Buffer
  stopped = false
  readonly #engine: Engine
  readonly #turnMs: number
  readonly #meter: CpuMeter
  readonly #ownerLog: OwnerLog
  readonly #events: IsolateEvents
  readonly #calls = new Map<number, Call>()
  #queue: Call[] = []
  #lastCall: Call | undefined
  #cancelled: number[] = []
  #nextNumber = 1
  /** Expected processor time of a call; high until measured, so the first crossing takes one. */
  #costMs = crossingGoalMs
  #refusedAt = -Infinity
  #alarm: NodeJS.Timeout | undefined
  #alarmDue = false
  /** The bundle, until the first call wants it evaluated. */
  #bundle: string | null

  constructor (createEngine: CreateEngine, metadata: FunctionMetadata, code: { bundle: string, sourceMap: string }, events: IsolateEvents) {
    this.key = metadata.key
    this.mark = encodeMark(metadata.key)
    this.#turnMs = Math.min(functionLimits.turnMs, metadata.timeoutMs)
    this.#ownerLog = new OwnerLog(code.sourceMap)
    this.#events = events
    this.#bundle = code.bundle
    this.#engine = createEngine({ gateway: metadata.gateway, environment: metadata.environment, env: metadata.variables }, functionLimits.memoryMb)
    this.#meter = new CpuMeter(this.#engine.cpuMs)
  }

  get busy (): boolean { return this.#calls.size > 0 }
  get heapBytes (): number { return this.stopped ? 0 : this.#engine.heapBytes() }

  submit (incoming: IncomingCall): void {
    if (this.#calls.size >= functionLimits.concurrentCalls) return this.#refuse(incoming)
    const call = { ...incoming, number: this.#nextNumber++, started: false, cpuMs: 0 }
    this.#calls.set(call.number, call)
    this.#queue.push(call)
    this.#lastCall = call
    this.#events.schedule(this)
  }

  /** Forgets calls that nobody waits for any more: one by its id, or all of a caller's. */
  cancel (caller: Caller, id: number | null): void {
    for (const call of this.#calls.values()) {
      if (call.caller !== caller || (id !== null && call.id !== id)) continue
      this.#calls.delete(call.number)
      if (call.started) {
        this.#cancelled.push(call.number)
        this.#events.schedule(this)
      }
      else this.#queue = this.#queue.filter(queued => queued !== call)
      if (id !== null) return
    }
  }

  /** Runs one batch. true: there is more to run. */
  run (): boolean {
    if (this.stopped) return false
    if (this.#bundle !== null && !this.#start(this.#bundle)) return false
    if (this.#alarmDue && !this.#wake()) return false
    const batch = this.#queue.splice(0, Math.max(1, Math.min(maxBatch, Math.floor(crossingGoalMs / this.#costMs))))
    if (batch.length === 0 && this.#cancelled.length === 0) return this.#alarmDue
    const elapsedMs = this.#turn(() => this.#enter(batch))
    if (batch.length > 0) this.#costMs = (this.#costMs + elapsedMs / batch.length) / 2
    this.#charge(batch, elapsedMs)
    return this.#queue.length > 0 || this.#alarmDue
  }

  stop (code: FailureCode | null): void {
    if (this.stopped) return
    this.stopped = true
    clearTimeout(this.#alarm)
    this.#engine.dispose()
    for (const call of this.#calls.values()) {
      if (call.started && code !== null) call.caller.failed(call.id, code)
      else call.caller.missing(call.id)
    }
    this.#calls.clear()
    this.#events.onStopped(this)
  }

  #start (bundle: string): boolean {
    this.#bundle = null
    this.#turn(() => {
      const stop = this.#engine.start(bundle, this.#turnMs)
      // Whoever waits for it would only meet the same again.
      if (stop !== null) for (const call of this.#calls.values()) call.started = true
      return stop
    })
    return !this.stopped
  }

  /** Runs tenant code, and answers with how long it took. */
  #turn (run: () => Stop | null): number {
    const began = performance.now()
    this.#events.onTurn(this)
    this.#after(run())
    return performance.now() - began
  }

  /** Waiting is free; who works in many turns pays for all of them. */
  #charge (calls: Call[], elapsedMs: number): void {
    const cpuMs = this.stopped ? 0 : this.#meter.take(elapsedMs)
    if (cpuMs === 0) return
    for (const call of calls) {
      call.cpuMs += cpuMs / calls.length
      if (call.cpuMs <= functionLimits.cpuMs || !this.#calls.has(call.number)) continue
      this.#tell(call.number, 'error', cpuSpent)
      call.caller.failed(call.id, 'function_timeout')
      this.cancel(call.caller, call.id)
    }
  }

  #refuse ({ caller, id, handle }: IncomingCall): void {
    const now = performance.now()
    if (now - this.#refusedAt > refusalLineMs) this.#ownerLog.write({ caller, id, handle }, 'warn', tooManyCalls)
    this.#refusedAt = now
    caller.failed(id, 'function_overloaded')
    this.#events.schedule(this)
  }

  #enter (batch: Call[]): Stop | null {
    const index: number[] = []
    let data = ''
    for (const number of this.#cancelled) index.push(inKinds.cancel, number, 0, 0)
    this.#cancelled = []
    for (const call of batch) {
      call.started = true
      if (call.bytes !== null) {
        const stop = this.#engine.receive(call.number, call.bytes)
        if (stop !== null) return stop
      }
      index.push(call.bytes === null ? inKinds.call : inKinds.callWithBytes, call.number, call.headUnits, call.text.length - call.headUnits)
      data += call.text
    }
    return this.#engine.enter(JSON.stringify(index), data, this.#turnMs)
  }

  /** Takes out what a crossing has left, also one that was cut short. */
  #after (stop: Stop | null): void {
    let piece = stop === 'memory' ? null : this.#take()
    for (let last = piece; last?.more === true && !this.stopped;) {
      last = this.#take()
      piece = last ?? piece
    }
    if (this.stopped) return
    if (stop !== null) return this.#fail(stop, piece?.current ?? 0)
    if (piece === null) return this.#fail('broken', 0)
    this.#setAlarm(piece.alarmMs)
  }

  #take (): Piece | null {
    const text = this.#engine.take(false) ?? this.#engine.take(true)
    const piece = text === null ? null : parsePiece(text)
    if (piece !== null) for (const entry of piece.entries) this.#deliver(entry)
    return piece
  }

  #deliver (entry: Entry): void {
    if (entry.kind === 'log') return this.#tell(entry.call, entry.level, entry.message, entry)
    if (entry.call === 0 && entry.kind === 'failed') return this.#failAll(entry.code)
    const call = this.#calls.get(entry.call)
    if (call === undefined) return
    this.#calls.delete(entry.call)
    if (entry.kind === 'failed') call.caller.failed(call.id, entry.code)
    else if (entry.kind === 'text') this.#answer(call, entry.status, entry.bodyKind, entry.headers, entry.body)
    else this.#answer(call, entry.status, entry.bodyKind, entry.headers, this.#engine.bodyOf(entry.call))
  }

  #answer (call: Call, status: number, bodyKind: number, headers: string, body: string | ArrayBuffer | null): void {
    const size = typeof body === 'string' ? textBytes(body) : body?.byteLength ?? Infinity
    if (size > maxResultBytes) {
      this.#tell(call.number, 'error', `The result is larger than ${maxResultBytes} bytes.`)
      call.caller.failed(call.id, 'function_result_invalid')
    } else {
      call.caller.result(call.id, status, bodyKind, headers, typeof body === 'string' ? body : new Uint8Array(body!))
    }
  }

  /** The isolate cannot be trusted to be whole any more: it ends, and with it the calls that had begun. */
  #fail (stop: Stop, current: number): void {
    const culprit = this.#calls.get(current)
    this.#tell(current, 'error', describeStop(stop, this.#turnMs))
    if (stop !== 'timeout') return this.stop(stop === 'memory' ? 'function_memory_exceeded' : 'function_failed')
    if (culprit === undefined) return this.stop('function_timeout')
    this.#calls.delete(current)
    culprit.caller.failed(culprit.id, 'function_timeout')
    // Calls begin in the order of their numbers.
    for (const call of this.#calls.values()) call.started &&= call.number < current
    this.stop('sandbox_lost')
  }

  /** The module could not be loaded: no call can begin. */
  #failAll (code: FailureCode): void {
    for (const call of this.#calls.values()) call.started = true
    this.stop(code)
  }

  /** A line that belongs to no call that is known goes to whoever called last. */
  #tell (number: number, level: LogLevel, message: string, more?: { time: number, fields: string }): void {
    const call = this.#calls.get(number) ?? (number === 0 ? this.#calls.values().next().value : undefined)
    const target = call ?? (this.#lastCall && { ...this.#lastCall, id: 0 })
    if (target !== undefined) this.#ownerLog.write(target, level, message, more)
  }

  /** An isolate without calls sleeps: its timers go on with its next call. */
  #setAlarm (delayMs: number): void {
    clearTimeout(this.#alarm)
    this.#alarmDue = delayMs === 0 && this.busy
    if (delayMs <= 0 || !this.busy) return
    this.#alarm = setTimeout(() => {
      this.#alarmDue = true
      this.#events.schedule(this)
    }, delayMs)
  }

  #wake (): boolean {
    this.#alarmDue = false
    const elapsedMs = this.#turn(() => this.#engine.wake(this.#turnMs))
    this.#charge([...this.#calls.values()].filter(call => call.started), elapsedMs)
    return !this.stopped
  }
}

function textBytes (text: string): number {
  return text.length * 3 <= maxResultBytes ? text.length : Buffer.byteLength(text)
}
