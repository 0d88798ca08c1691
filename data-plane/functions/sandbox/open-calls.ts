import { maxVariableNames } from '#shared/usage.ts'
import { isVariableName, type FailureCode } from '../messages.ts'
import type { OwnerWord } from '../owner-words.ts'
import { passAnswer, type Outcome } from './answers.ts'
import { CallTable, type Call, type IncomingCall } from './call.ts'
import type { Engine } from './engine.ts'
import { KvOperations } from './kv-operations.ts'
import type { Entry } from './out.ts'
import { OutboundRequests, type OutboundOptions } from './outbound.ts'
import { OwnerLog } from './owner-log.ts'
import { explainCrowd, explainTooLarge, explainUnreadable } from './reasons.ts'
import type { Progress } from './updates.ts'

export interface OpenCallsOptions extends Omit<OutboundOptions, 'onDeparture' | 'onProgress' | 'fetchParcel'> {
  sourceMap: string
  engine: Engine
  /** A call has asked for something outside. */
  onRequest: () => void
  /** A body that streams has been cut off. */
  onCutOff: (call: number) => void
  /** Something that a call has begun has come further. */
  onUpdate: (call: number, progress: Progress) => void
  /** The module could not be loaded. */
  onModuleFailed: (code: FailureCode) => void
}

/** One line for all the calls that are refused in a row. */
const refusalLineMs = 1_000

/** The calls of one isolate that wait for an answer. Whatever leaves the isolate finds its way here: to them, their owner, or outside. */
export class OpenCalls {
  readonly table = new CallTable()
  readonly kv: KvOperations
  readonly #options: OpenCallsOptions
  readonly #ownerLog: OwnerLog
  readonly #outbound: OutboundRequests
  #refusedAt = -Infinity
  #readsTold = 0

  constructor (options: OpenCallsOptions) {
    this.#options = options
    this.#ownerLog = new OwnerLog(options.sourceMap)
    this.#outbound = new OutboundRequests({
      ...options, fetchParcel: options.engine.bodyOf, onProgress: request => options.onUpdate(request.call, request), onDeparture: number => this.#depart(number)
    })
    this.kv = new KvOperations((call, progress) => options.onUpdate(call.number, progress))
  }

  /** `null`: there are too many; it is refused. */
  open (incoming: IncomingCall): Call | null {
    if (this.table.size < this.#options.limits.concurrentCalls) return this.table.add(incoming)
    this.#refuse(incoming)
    return null
  }

  deliver (entry: Entry): void {
    if (entry.kind === 'log') return this.#tell(entry)
    if (entry.kind === 'variable') return this.#tellRead(entry)
    if (entry.kind === 'failed' && entry.call === 0) return this.#options.onModuleFailed(entry.code)
    if (!('call' in entry)) return this.#outbound.handle(entry)
    const call = this.table.get(entry.call)
    if (entry.kind === 'request') {
      this.#options.onRequest()
      return this.#outbound.start(entry, call !== undefined)
    }
    if (call === undefined) return
    if (entry.kind === 'kv') return this.kv.start(call, entry.id, entry.text)
    const outcome = passAnswer(call, entry, this.#options.engine.bodyOf, this.#options.limits)
    if (outcome === 'open') return
    if (outcome !== 'over') this.#failAnswer(call, outcome)
    this.end(call)
  }

  /** Nothing more is to be answered. */
  end (call: Call): void {
    this.table.delete(call.number)
    this.#outbound.endCall(call.number)
    this.kv.endCall(call)
  }

  /** Ends all of them, with this code where they had begun; those that had not may run elsewhere. */
  close (code: FailureCode | null): void {
    this.#outbound.close()
    for (const call of this.table.values()) {
      if (call.started && code !== null) call.caller.failed(call.id, code)
      else call.caller.missing(call.id)
    }
    this.table.clear()
  }

  /** To the owner of the function. */
  say (number: number, word: OwnerWord): void {
    const target = this.table.lineTarget(number)
    if (target !== undefined) this.#ownerLog.say(target, word)
  }

  #tell (entry: Entry & { kind: 'log' }): void {
    const target = this.table.lineTarget(entry.call)
    if (target !== undefined) this.#ownerLog.write(target, entry.level, entry.message, entry)
  }

  /** Who tampers with the harness may name anything, and as often as it likes. */
  #tellRead ({ name, isThere }: Entry & { kind: 'variable' }): void {
    const target = this.table.lineTarget(0)
    if (target === undefined || this.#readsTold >= maxVariableNames || !isVariableName.test(name)) return
    this.#readsTold++
    target.caller.variable(target.handle, name, isThere)
  }

  #failAnswer (call: Call, outcome: Exclude<Outcome, 'open' | 'over'>): void {
    const isTooLarge = outcome === 'too-large'
    this.say(call.number, isTooLarge ? explainTooLarge(this.#options.limits, call.isStreaming) : explainUnreadable())
    call.caller.failed(call.id, isTooLarge ? 'function_response_too_large' : 'function_result_invalid')
    if (call.isStreaming) this.#options.onCutOff(call.number)
  }

  #refuse ({ caller, id, handle }: IncomingCall): void {
    const now = performance.now()
    if (now - this.#refusedAt > refusalLineMs) this.#ownerLog.say({ caller, id, handle }, explainCrowd(this.#options.limits))
    this.#refusedAt = now
    caller.failed(id, 'function_overloaded')
  }

  #depart (number: number): void {
    const call = this.table.get(number)
    if (call === undefined || call.departed) return
    call.departed = true
    call.caller.departed(call.id)
  }
}
