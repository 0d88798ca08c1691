import { encodeMark } from '../blame.ts'
import type { EgressClient } from '../../egress/client.ts'
import { functionLimits } from '../limits.ts'
import type { FailureCode, FunctionMetadata, LogLevel } from '../messages.ts'
import { passAnswer } from './answers.ts'
import { CallTable, type Call, type Caller, type IncomingCall } from './call.ts'
import { charge, CpuMeter } from './cpu-meter.ts'
import type { CreateEngine, Engine, Stop } from './engine.ts'
import { inKinds } from './inside/calls.ts'
import { parsePiece, type Entry, type Piece } from './out.ts'
import { OutboundRequests } from './outbound.ts'
import { OwnerLog } from './owner-log.ts'
import { cpuSpent, describeStop, tooManyCalls } from './reasons.ts'
import { Crossing, Updates } from './updates.ts'

export interface IsolateEvents {
  /** The isolate has something to run: `run` is to be called soon. */
  schedule: (isolate: FunctionIsolate) => void
  onStopped: (isolate: FunctionIsolate) => void
  /** Tenant code is about to run. */
  onTurn: (isolate: FunctionIsolate) => void
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
  readonly #calls = new CallTable()
  #queue: Call[] = []
  readonly #updates = new Updates()
  readonly #outbound: OutboundRequests
  /**
   * Whether each crossing is for one call alone. Then all that runs in it is that call's, also after an `await`, which is the only way to
   * tell whose outbound requests they are. The word has to stand in the code of who makes any, unless it takes pains to hide it.
   */
  #alone: boolean
  #isCallsTurn = false
  /** Expected processor time of a call; high until measured, so the first crossing takes one. */
  #costMs = crossingGoalMs
  #refusedAt = -Infinity
  #alarm: NodeJS.Timeout | undefined
  #alarmDue = false
  /** The bundle, until the first call wants it evaluated. */
  #bundle: string | null

  constructor (createEngine: CreateEngine, metadata: FunctionMetadata, code: { bundle: string, sourceMap: string }, events: IsolateEvents, egress: EgressClient | null) {
    this.key = metadata.key
    this.mark = encodeMark(metadata.key)
    this.#turnMs = Math.min(functionLimits.turnMs, metadata.timeoutMs)
    this.#ownerLog = new OwnerLog(code.sourceMap)
    this.#events = events
    this.#bundle = code.bundle
    this.#engine = createEngine({ gateway: metadata.gateway, environment: metadata.environment, env: metadata.variables }, functionLimits.memoryMb)
    this.#meter = new CpuMeter(this.#engine.cpuMs)
    this.#alone = code.bundle.includes('fetch')
    this.#outbound = new OutboundRequests({
      client: egress,
      tenant: `${metadata.gateway.id}-${metadata.environment}`,
      fetchParcel: this.#engine.bodyOf,
      onProgress: request => {
        this.#updates.progress(request.call, request)
        this.#events.schedule(this)
      },
      onDeparture: number => this.#depart(number)
    })
  }

  get busy (): boolean { return this.#calls.size > 0 }
  get heapBytes (): number { return this.stopped ? 0 : this.#engine.heapBytes() }

  submit (incoming: IncomingCall): void {
    if (this.#calls.size >= functionLimits.concurrentCalls) return this.#refuse(incoming)
    this.#queue.push(this.#calls.add(incoming))
    this.#events.schedule(this)
  }

  /** Forgets calls that nobody waits for any more: one by its id, or all of a caller's. */
  cancel (caller: Caller, id: number | null): void {
    for (const call of this.#calls.find(caller, id)) {
      this.#end(call)
      if (call.started) {
        this.#updates.cancel(call.number)
        this.#events.schedule(this)
      } else this.#queue = this.#queue.filter(queued => queued !== call)
    }
  }

  /** A body that streams may have chunks worth so much more. */
  grant (caller: Caller, id: number, cost: number): void {
    for (const call of this.#calls.find(caller, id)) {
      call.credit += cost
      this.#updates.grant(call.number, cost)
      this.#events.schedule(this)
    }
  }

  /** Runs one batch. true: there is more to run. */
  run (): boolean {
    if (this.stopped) return false
    if (this.#bundle !== null && !this.#start(this.#bundle)) return false
    if (this.#alarmDue && !this.#wake()) return false
    if (this.#queue.length === 0 && this.#updates.size === 0) return this.#alarmDue
    const batch = this.#queue.splice(0, this.#batchSize())
    let concerned: Call[] = batch
    const elapsedMs = this.#turn(() => {
      const crossing = new Crossing(this.#engine.receive)
      if (this.#updates.size > 0 && !(this.#alone && batch.length > 0)) {
        const numbers = this.#updates.write(crossing, this.#alone)
        if (!Array.isArray(numbers)) return numbers
        concerned = [...batch, ...numbers.flatMap(number => this.#calls.get(number) ?? [])]
      }
      return this.#enter(crossing, batch)
    })
    if (batch.length > 0) this.#costMs = (this.#costMs + elapsedMs / batch.length) / 2
    this.#charge(concerned, elapsedMs)
    return !this.stopped && (this.#queue.length > 0 || this.#updates.size > 0 || this.#alarmDue)
  }

  stop (code: FailureCode | null): void {
    if (this.stopped) return
    this.stopped = true
    clearTimeout(this.#alarm)
    this.#outbound.close()
    this.#engine.dispose()
    for (const call of this.#calls.values()) {
      if (call.started && code !== null) call.caller.failed(call.id, code)
      else call.caller.missing(call.id)
    }
    this.#calls.clear()
    this.#events.onStopped(this)
  }

  /** Calls and what is new of others take turns where they cannot cross together. */
  #batchSize (): number {
    if (!this.#alone) return Math.max(1, Math.min(maxBatch, Math.floor(crossingGoalMs / this.#costMs)))
    this.#isCallsTurn = !this.#isCallsTurn
    return this.#isCallsTurn || this.#updates.size === 0 ? 1 : 0
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

  #charge (calls: Call[], elapsedMs: number): void {
    const cpuMs = this.stopped ? 0 : this.#meter.take(elapsedMs)
    if (cpuMs === 0) return
    for (const call of charge(calls, cpuMs)) {
      if (this.#calls.get(call.number) !== call) continue
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

  #enter (crossing: Crossing, batch: Call[]): Stop | null {
    for (const call of batch) {
      call.started = true
      if (call.bytes !== null) {
        const stop = this.#engine.receive(call.number, call.bytes)
        if (stop !== null) return stop
      }
      crossing.index.push(call.bytes === null ? inKinds.call : inKinds.callWithBytes, call.number, call.headUnits, call.text.length - call.headUnits)
      crossing.data += call.text
    }
    return this.#engine.enter(JSON.stringify(crossing.index), crossing.data, this.#turnMs)
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
    if (entry.kind === 'failed' && entry.call === 0) return this.#failAll(entry.code)
    if (!('call' in entry)) return this.#outbound.handle(entry)
    const call = this.#calls.get(entry.call)
    if (entry.kind === 'request') {
      this.#alone = true
      return this.#outbound.start(entry, call !== undefined)
    }
    if (call === undefined) return
    if (passAnswer(call, entry, this.#engine.bodyOf, message => this.#tell(call.number, 'error', message))) this.#end(call)
  }

  /** Nothing more is to be answered. */
  #end (call: Call): void {
    this.#calls.delete(call.number)
    this.#outbound.endCall(call.number)
  }

  #depart (number: number): void {
    const call = this.#calls.get(number)
    if (call === undefined || call.departed) return
    call.departed = true
    call.caller.departed(call.id)
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

  #tell (number: number, level: LogLevel, message: string, more?: { time: number, fields: string }): void {
    const target = this.#calls.lineTarget(number)
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
