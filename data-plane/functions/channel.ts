import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { KvAnswer } from '#shared/kv.ts'
import type { Logger } from '#shared/log.ts'
import { maxVariableNames } from '#shared/usage.ts'
import { NumberMap } from '../number-map.ts'
import { Answers } from './answers.ts'
import { frameTypes } from './frames.ts'
import { writeKvAnswer } from './kv-frames.ts'
import { KvOperations } from './kv-operations.ts'
import { LoadedFunctions } from './loaded-functions.ts'
import { maxBytesPerSecond } from './log-budget.ts'
import { parseFields, readLog, readVariable, writeCall, writeCancel, writeSignal, writeWindow } from './messages.ts'
import { explainDropped, explainTimeout, type OwnerWord } from './owner-words.ts'
import type { Pending } from './pending.ts'
import { Releases } from './releases.ts'
import type { FunctionKv, FunctionLogLine, FunctionUsage, RunnableFunction } from './runner.ts'
import { SandboxSocket } from './sandbox-socket.ts'

export interface ChannelEvents {
  onOpen: () => void
  /**
   * Exactly once, unless it was opened in vain. @param isBroken what it sent could not be read
   * @param functions what was loaded, by key
   */
  onClosed: (lost: Pending[], functions: RunnableFunction[], isBroken: boolean) => void
  logger: Logger
  onLog: (line: FunctionLogLine) => void
  /** A function has read a variable, or looked for one that is not there: said once or a few times. */
  onVariable: (fn: RunnableFunction, name: string, isThere: boolean) => void
  kv: FunctionKv
  clock: Clock
}

/** How often a sandbox may say of one call that its function is not loaded. */
const maxSends = 3
const maxLineAgeMs = 60_000

/** One connection to one sandbox, and the calls that were given to it. */
export class SandboxChannel {
  readonly #events: ChannelEvents
  readonly #socket: SandboxSocket
  readonly #answers: Answers
  readonly #kv: KvOperations
  readonly #loaded = new LoadedFunctions()
  readonly #releases = new Releases()
  readonly #pending = new NumberMap<Pending>()
  #nextId = 1

  constructor (path: string, events: ChannelEvents) {
    this.#events = events
    this.#socket = new SandboxSocket(path, {
      onOpen: events.onOpen,
      onFrame: (type, id, payload) => this.#receive(type, id, payload),
      onClosed: isBroken => this.#close(isBroken),
      logger: events.logger
    })
    this.#answers = new Answers({
      onOver: pending => this.#pending.delete(pending.id),
      onCancel: pending => this.#cancel(pending),
      onRoom: (pending, cost) => this.#grant(pending, cost),
      tellOwner: (pending, message) => this.#tell(pending.fn, pending.call.requestId, { level: 'error', message, fields: { code: 'function_result_invalid' } }),
      clock: events.clock
    })
    this.#kv = new KvOperations({
      kv: events.kv,
      onAnswer: (pending, ticket, answer) => this.#answerKv(pending, ticket, answer),
      bufferedBytes: () => this.#socket.bufferedBytes
    })
  }

  get isOpen (): boolean { return this.#socket.isOpen }
  get size (): number { return this.#pending.size }
  get bufferedBytes (): number { return this.#socket.bufferedBytes }

  destroy (): void {
    this.#socket.destroy()
  }

  send (pending: Pending): void {
    const handle = this.#tryLoad(pending)
    if (handle === null) return
    pending.id = this.#nextId
    pending.handle = handle
    pending.sends++
    this.#nextId = this.#nextId === 0xffffffff ? 1 : this.#nextId + 1
    this.#pending.set(pending.id, pending)
    writeCall(this.#socket.writer, pending.id, handle, pending.call)
    this.#socket.scheduleFlush()
  }

  find (functionId: string): RunnableFunction | null {
    return this.#loaded.find(functionId)
  }

  /** `null`: it is not loaded here, or the sandbox does not say what it used. */
  async release (key: string): Promise<FunctionUsage | null> {
    const handle = this.#loaded.forgetKey(key)
    if (handle === null || !this.isOpen) return null
    writeSignal(this.#socket.writer, frameTypes.release, handle)
    this.#socket.scheduleFlush()
    return await this.#releases.wait(handle)
  }

  /** Ends the calls whose time is up. */
  expire (now: number): void {
    for (const pending of this.#pending.values()) {
      if (pending.deadline > now) continue
      this.#cancel(pending)
      if (!pending.abandoned) this.#tell(pending.fn, pending.call.requestId, explainTimeout(pending, now))
      pending.reject(new Problem('function_timeout'))
    }
  }

  #cancel (pending: Pending): void {
    if (!this.#pending.delete(pending.id)) return
    writeCancel(this.#socket.writer, pending.id, pending.handle)
    this.#socket.scheduleFlush()
  }

  #grant (pending: Pending, cost: number): void {
    if (this.#pending.get(pending.id) !== pending) return
    writeWindow(this.#socket.writer, pending.id, pending.handle, cost)
    this.#socket.scheduleFlush()
  }

  #close (isBroken: boolean): void {
    const lost = this.#pending.values()
    this.#pending.clear()
    this.#releases.close()
    this.#events.onClosed(lost, this.#loaded.all(), isBroken)
  }

  /** What cannot be handed over concerns this call alone, and nobody else's on the connection. `null`: it has been rejected. */
  #tryLoad (pending: Pending): number | null {
    try {
      return this.#loaded.handleOf(pending.fn, this.#socket.writer)
    } catch (error) {
      pending.reject(error as Error)
      return null
    }
  }

  #receive (type: number, id: number, payload: Buffer): void {
    if (type === frameTypes.log) return this.#log(id, payload)
    if (type === frameTypes.released) return this.#releases.receive(id, payload)
    if (type === frameTypes.variable) return this.#hearOfVariable(id, payload)
    const pending = this.#pending.get(id)
    // Answered by the clock already.
    if (pending === null) return
    if (type === frameTypes.missing) return this.#resend(pending)
    if (type === frameTypes.kv) return this.#kv.receive(pending, payload)
    this.#answers.receive(pending, type, payload)
  }

  #hearOfVariable (handle: number, payload: Buffer): void {
    const { name, isThere } = readVariable(payload)
    const loaded = this.#loaded.get(handle)
    if (loaded === undefined || loaded.reads >= maxVariableNames) return
    loaded.reads++
    this.#events.onVariable(loaded.fn, name, isThere)
  }

  #answerKv (pending: Pending, ticket: number, answer: KvAnswer): void {
    if (this.#pending.get(pending.id) !== pending) return
    writeKvAnswer(this.#socket.writer, pending.id, pending.handle, ticket, answer)
    this.#socket.scheduleFlush()
  }

  #resend (pending: Pending): void {
    this.#pending.delete(pending.id)
    this.#loaded.forget(pending.fn.key, pending.handle)
    if (pending.sends >= maxSends) pending.reject(new Problem('function_unavailable'))
    else this.send(pending)
  }

  #log (id: number, payload: Buffer): void {
    const { handle, line } = readLog(payload)
    const loaded = this.#loaded.get(handle)
    if (loaded === undefined) return
    const pending = this.#pending.get(id)
    const requestId = pending?.handle === handle ? pending.call.requestId : null
    const now = this.#events.clock.now()
    switch (loaded.logs.spend(payload.length, now)) {
      case 'within': return this.#tell(loaded.fn, requestId, { ...line, fields: parseFields(line.fields) }, likelyTime(line.time, now))
      case 'exhausted': return this.#tell(loaded.fn, null, explainDropped(maxBytesPerSecond))
      case 'dropped':
    }
  }

  #tell (fn: RunnableFunction, requestId: string | null, { level, message, fields }: OwnerWord, time = this.#events.clock.now()): void {
    const { gatewayId, environment, functionName, versionId } = fn
    const onLog = fn.onLog ?? this.#events.onLog
    onLog({ time, level, gatewayId, environment, functionName, versionId, requestId, message, fields })
  }
}

/** Sandboxes are not trusted to know the time: a line is never of the future, nor older than any line can be on this way. */
function likelyTime (time: number, now: number): number {
  return Math.trunc(Math.min(now, Math.max(now - maxLineAgeMs, time)))
}
