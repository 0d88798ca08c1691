import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { Answers } from './answers.ts'
import { frameTypes } from './frames.ts'
import { LoadedFunctions } from './loaded-functions.ts'
import { parseFields, readLog, writeCall, writeCancel, writeSignal, writeWindow, type LogLevel } from './messages.ts'
import { explainTimeout, type Pending } from './pending.ts'
import { Releases } from './releases.ts'
import type { FunctionLogLine, FunctionUsage, RunnableFunction } from './runner.ts'
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
  clock: Clock
}

/** How often a sandbox may say of one call that its function is not loaded. */
const maxSends = 3

/** One connection to one sandbox, and the calls that were given to it. */
export class SandboxChannel {
  readonly #events: ChannelEvents
  readonly #socket: SandboxSocket
  readonly #answers: Answers
  readonly #loaded = new LoadedFunctions()
  readonly #releases = new Releases()
  readonly #pending = new Map<number, Pending>()
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
      tellOwner: (pending, message) => this.#tell(pending.fn, pending.call.requestId, 'error', message),
      clock: events.clock
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
      if (!pending.abandoned) this.#tell(pending.fn, pending.call.requestId, 'error', explainTimeout(pending, now))
      pending.reject(new Problem('function_timeout'))
    }
  }

  #cancel (pending: Pending): void {
    if (!this.#pending.delete(pending.id)) return
    writeCancel(this.#socket.writer, pending.id, pending.handle)
    this.#socket.scheduleFlush()
  }

  #grant (pending: Pending, cost: number): void {
    if (!this.#pending.has(pending.id)) return
    writeWindow(this.#socket.writer, pending.id, pending.handle, cost)
    this.#socket.scheduleFlush()
  }

  #close (isBroken: boolean): void {
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    this.#releases.close()
    this.#events.onClosed(lost, this.#loaded.all(), isBroken)
  }

  /** What cannot be handed over concerns this call alone, and nobody else's on the connection. `null`: it has been rejected. */
  #tryLoad (pending: Pending): number | null {
    try {
      return this.#loaded.handleOf(pending.fn, this.#socket.writer)
    } catch (error) {
      pending.reject(error)
      return null
    }
  }

  #receive (type: number, id: number, payload: Buffer): void {
    if (type === frameTypes.log) return this.#log(id, payload)
    if (type === frameTypes.released) return this.#releases.receive(id, payload)
    const pending = this.#pending.get(id)
    // Answered by the clock already.
    if (pending === undefined) return
    if (type === frameTypes.missing) return this.#resend(pending)
    this.#answers.receive(pending, type, payload)
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
    switch (loaded.logs.spend(payload.length, this.#events.clock.now())) {
      case 'within': return this.#tell(loaded.fn, requestId, line.level, line.message, line.time, line.fields)
      case 'exhausted': return this.#tell(loaded.fn, null, 'warn', 'Further log lines are dropped: the function logs too much.')
      case 'dropped':
    }
  }

  #tell (fn: RunnableFunction, requestId: string | null, level: LogLevel, message: string, time = this.#events.clock.now(), fields = ''): void {
    const { gatewayId, environment, functionName, versionId } = fn
    const onLog = fn.onLog ?? this.#events.onLog
    onLog({ time, level, gatewayId, environment, functionName, versionId, requestId, message, fields: parseFields(fields) })
  }
}
