import type { FunctionLimits } from '#shared/function-limits.ts'
import { encodeMark } from '../blame.ts'
import type { EgressClient } from '../../egress/client.ts'
import { functionLimits } from '../limits.ts'
import type { FailureCode, FunctionMetadata } from '../messages.ts'
import type { FunctionUsage } from '../runner.ts'
import { Alarm } from './alarm.ts'
import { Backlog } from './backlog.ts'
import type { Call, Caller, IncomingCall } from './call.ts'
import { charge, CpuMeter } from './cpu-meter.ts'
import type { CreateEngine, Engine, Stop } from './engine.ts'
import { OpenCalls } from './open-calls.ts'
import { explainCpu, explainStop } from './reasons.ts'
import { Turns } from './turns.ts'
import { Crossing } from './updates.ts'

export interface IsolateEvents {
  /** The isolate has something to run: `run` is to be called soon. */
  schedule: (isolate: FunctionIsolate) => void
  onStopped: (isolate: FunctionIsolate) => void
  /** Tenant code is about to run. */
  onTurn: (isolate: FunctionIsolate) => void
}

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
  readonly #limits: FunctionLimits
  /** Evaluating the module is no call's, so no call's limit holds for it. */
  readonly #startMs: number
  readonly #turnMs: number
  readonly #meter: CpuMeter
  readonly #turns: Turns
  readonly #calls: OpenCalls
  readonly #backlog: Backlog
  readonly #alarm: Alarm
  readonly #events: IsolateEvents
  /** The bundle, until the first call wants it evaluated. */
  #bundle: string | null

  constructor (createEngine: CreateEngine, metadata: FunctionMetadata, code: { bundle: string, sourceMap: string }, events: IsolateEvents, egress: EgressClient | null) {
    this.key = metadata.key
    this.mark = encodeMark(metadata.key)
    const limits = this.#limits = metadata.limits
    this.#startMs = Math.min(functionLimits.turnMs, metadata.timeoutMs)
    this.#turnMs = Math.min(this.#startMs, limits.cpuMs)
    this.#events = events
    this.#bundle = code.bundle
    const engine = this.#engine = createEngine({ gateway: metadata.gateway, environment: metadata.environment, env: metadata.variables }, limits)
    this.#meter = new CpuMeter(engine.cpuMs)
    // The word has to stand in the code of who makes any request, unless it takes pains to hide it.
    const backlog = this.#backlog = new Backlog(code.bundle.includes('fetch'), this.#turnMs)
    const calls = this.#calls = new OpenCalls({
      engine,
      sourceMap: code.sourceMap,
      limits,
      client: egress,
      tenant: `${metadata.gateway.id}-${metadata.environment}`,
      onUpdate: (call, progress) => {
        backlog.updates.progress(call, progress)
        events.schedule(this)
      },
      onRequest: () => backlog.separate(),
      onCutOff: call => {
        backlog.updates.cancel(call)
        events.schedule(this)
      },
      onModuleFailed: failure => this.#failAll(failure)
    })
    this.#turns = new Turns(engine, { onTurn: () => events.onTurn(this), onEntry: entry => calls.deliver(entry) })
    this.#alarm = new Alarm(() => events.schedule(this))
  }

  get busy (): boolean { return this.#calls.table.size > 0 }
  get heapBytes (): number { return this.stopped ? 0 : this.#engine.heapBytes() }
  get usage (): FunctionUsage { return { heapBytes: this.heapBytes, cpuMs: this.stopped ? 0 : this.#engine.cpuMs() } }

  submit (incoming: IncomingCall): void {
    const call = this.#calls.open(incoming)
    if (call !== null) this.#backlog.add(call)
    this.#events.schedule(this)
  }

  /** Forgets calls that nobody waits for any more: one by its id, or all of a caller's. */
  cancel (caller: Caller, id: number | null): void {
    for (const call of this.#calls.table.find(caller, id)) {
      this.#calls.end(call)
      if (call.started) {
        this.#backlog.updates.cancel(call.number)
        this.#events.schedule(this)
      } else this.#backlog.drop(call)
    }
  }

  /** A body that streams may have chunks worth so much more. */
  grant (caller: Caller, id: number, cost: number): void {
    for (const call of this.#calls.table.find(caller, id)) {
      call.credit += cost
      this.#backlog.updates.grant(call.number, cost)
      this.#events.schedule(this)
    }
  }

  /** What became of an operation on the key-value store. @param text JSON of a `KvAnswer` */
  answerKv (caller: Caller, ticket: number, text: string): void {
    this.#calls.kv.answer(caller, ticket, text)
  }

  /** Runs one batch. true: there is more to run. */
  run (): boolean {
    if (this.stopped) return false
    if (this.#bundle !== null && !this.#start(this.#bundle)) return false
    if (this.#alarm.isDue && !this.#wake()) return false
    if (this.#backlog.isEmpty) return this.#alarm.isDue
    const batch = this.#backlog.next()
    let concerned: Call[] = batch
    const elapsedMs = this.#turn(this.#turnMs, () => {
      const crossing = new Crossing(this.#engine.receive)
      const updated = this.#backlog.writeUpdates(crossing, batch, this.#calls.table)
      if (!Array.isArray(updated)) return updated
      if (updated.length > 0) concerned = [...batch, ...updated]
      return crossing.addCalls(batch) ?? this.#engine.enter(JSON.stringify(crossing.index), crossing.data, this.#turnMs)
    })
    this.#backlog.learn(batch.length, elapsedMs)
    this.#charge(concerned, elapsedMs)
    return !this.stopped && (!this.#backlog.isEmpty || this.#alarm.isDue)
  }

  stop (code: FailureCode | null): void {
    if (this.stopped) return
    this.stopped = true
    this.#alarm.clear()
    this.#turns.close()
    this.#engine.dispose()
    this.#calls.close(code)
    this.#events.onStopped(this)
  }

  #start (bundle: string): boolean {
    this.#bundle = null
    this.#turn(this.#startMs, () => {
      const stop = this.#engine.start(bundle, this.#startMs)
      // Whoever waits for it would only meet the same again.
      if (stop !== null) for (const call of this.#calls.table.values()) call.started = true
      return stop
    })
    if (this.stopped) return false
    this.#meter.reset()
    return true
  }

  #wake (): boolean {
    this.#alarm.clear()
    const elapsedMs = this.#turn(this.#turnMs, () => this.#engine.wake(this.#turnMs))
    this.#charge([...this.#calls.table.values()].filter(call => call.started), elapsedMs)
    return !this.stopped
  }

  /** Runs tenant code for so long at most, and answers with how long it took. */
  #turn (maxMs: number, cross: () => Stop | null): number {
    const turn = this.#turns.run(cross)
    if (this.stopped) return turn.elapsedMs
    if (turn.stop !== null) this.#fail(turn.stop, turn.current, maxMs)
    // An isolate without calls sleeps: its timers go on with its next call.
    else this.#alarm.set(this.busy ? turn.alarmMs : -1)
    return turn.elapsedMs
  }

  #charge (calls: Call[], elapsedMs: number): void {
    const cpuMs = this.stopped ? 0 : this.#meter.take(elapsedMs)
    if (cpuMs === 0) return
    for (const call of charge(calls, cpuMs, this.#limits.cpuMs)) {
      if (this.#calls.table.get(call.number) !== call) continue
      this.#calls.say(call.number, explainCpu(this.#limits))
      call.caller.failed(call.id, 'function_timeout')
      this.cancel(call.caller, call.id)
    }
  }

  /** The isolate cannot be trusted to be whole any more: it ends, and with it the calls that had begun. */
  #fail (stop: Stop, current: number, maxMs: number): void {
    const { table } = this.#calls
    const culprit = table.get(current)
    this.#calls.say(current, explainStop(stop, maxMs, this.#limits))
    if (stop !== 'timeout') return this.stop(stop === 'memory' ? 'function_memory_exceeded' : 'function_failed')
    if (culprit === undefined) return this.stop('function_timeout')
    table.delete(current)
    culprit.caller.failed(culprit.id, 'function_timeout')
    // Calls begin in the order of their numbers.
    for (const call of table.values()) call.started &&= call.number < current
    this.stop('sandbox_lost')
  }

  /** The module could not be loaded: no call can begin. */
  #failAll (code: FailureCode): void {
    for (const call of this.#calls.table.values()) call.started = true
    this.stop(code)
  }
}
