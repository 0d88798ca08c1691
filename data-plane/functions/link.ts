import { Problem } from '#shared/errors.ts'
import { SandboxChannel, type ChannelEvents } from './channel.ts'
import type { Pending } from './pending.ts'
import type { FunctionUsage, RunnableFunction } from './runner.ts'

export interface LinkEvents extends Omit<ChannelEvents, 'onOpen' | 'onClosed'> {
  /** Calls that went with the connection to the sandbox at this path. */
  onLost: (path: string, lost: Pending[], functions: RunnableFunction[], isBroken: boolean) => void
  /** A call waits for a sandbox that is nowhere. */
  onWanted: (slot: number) => void
}

/** A sandbox that died is back long before; without one by then, something is wrong that waiting does not mend. */
const maxWaitMs = 5_000
const maxPending = 10_000
const maxBufferedBytes = 64 * 1024 * 1024
const retryMs = { first: 20, most: 1_000 }

/** The way to whatever sandbox is in one slot. */
export class SandboxLink {
  readonly #slot: number
  readonly #events: LinkEvents
  readonly #waiting = new Set<Pending>()
  /** The one that calls are given to, and those before it that may still answer. */
  readonly #channels = new Set<SandboxChannel>()
  #current: SandboxChannel | null = null
  #path: string | null = null
  #retry: NodeJS.Timeout | undefined
  #retryMs = retryMs.first

  constructor (slot: number, events: LinkEvents) {
    this.#slot = slot
    this.#events = events
  }

  /** From now on the sandbox is found there; `null`: nowhere, for now. What the one before it has been given, it may still answer. */
  connect (path: string | null): void {
    if (path === this.#path) return
    clearTimeout(this.#retry)
    this.#path = path
    this.#current = null
    this.#retryMs = retryMs.first
    if (path !== null) this.#open(path)
    else if (this.#waiting.size > 0) this.#events.onWanted(this.#slot)
  }

  close (): void {
    this.connect(null)
    for (const channel of this.#channels) channel.destroy()
    for (const pending of this.#waiting) pending.reject(new Problem('function_unavailable'))
    this.#waiting.clear()
  }

  call (pending: Pending): void {
    const channel = this.#current
    if ((channel?.size ?? 0) + this.#waiting.size >= maxPending || (channel?.bufferedBytes ?? 0) > maxBufferedBytes) {
      return pending.reject(new Problem('function_unavailable', 'Too many calls wait for the function.'))
    }
    if (channel?.isOpen === true) return channel.send(pending)
    this.#waiting.add(pending)
    if (this.#path === null && this.#waiting.size === 1) this.#events.onWanted(this.#slot)
  }

  /** Those that wait here do so no longer. @returns them, for whoever knows where they are to go */
  leave (): Pending[] {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    return waiting
  }

  /** The function, if it was called here. */
  find (functionId: string): RunnableFunction | null {
    for (const channel of this.#channels) {
      const fn = channel.find(functionId)
      if (fn !== null) return fn
    }
    return null
  }

  async release (key: string): Promise<FunctionUsage | null> {
    const answers = await Promise.all([...this.#channels].map(async channel => await channel.release(key)))
    return answers.find(usage => usage !== null) ?? null
  }

  /** Ends the calls whose time is up. true: calls are left. */
  expire (now: number): boolean {
    let left = 0
    for (const channel of this.#channels) {
      channel.expire(now)
      left += channel.size
    }
    for (const pending of this.#waiting) {
      if (Math.min(pending.deadline, pending.startedAt + maxWaitMs) > now) continue
      this.#waiting.delete(pending)
      pending.reject(new Problem('function_unavailable'))
    }
    return left + this.#waiting.size > 0
  }

  #open (path: string): void {
    const channel = new SandboxChannel(path, {
      ...this.#events,
      onOpen: () => {
        if (channel !== this.#current) return
        this.#retryMs = retryMs.first
        for (const pending of this.#waiting) channel.send(pending)
        this.#waiting.clear()
      },
      onClosed: (lost, functions, isBroken) => {
        this.#channels.delete(channel)
        this.#events.onLost(path, lost, functions, isBroken)
        if (channel !== this.#current) return
        this.#retry = setTimeout(() => this.#open(path), this.#retryMs)
        this.#retryMs = Math.min(retryMs.most, this.#retryMs * 2)
      }
    })
    this.#current = channel
    this.#channels.add(channel)
  }
}
