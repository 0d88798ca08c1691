import { reportException } from '../report-exception.ts'
import { scope } from '../scope.ts'
import { TimerQueue } from '../timer-queue.ts'

const maxDelayMs = 2 ** 31 - 1

const { host, clock } = scope
const queue = new TimerQueue()
let nextId = 1
/** The one timer that the host has been asked for. */
let armed: { id: number, deadline: number } | undefined
let nextArmedId = 1

/** Methods, as those of the global object are: no constructors. */
export const { setTimeout, setInterval, clearTimeout, clearInterval, queueMicrotask } = {
  setTimeout (this: void, callback: unknown, delayMs?: unknown, ...args: unknown[]): number {
    return add('setTimeout', callback, toDelay(delayMs), args, 0)
  },

  setInterval (this: void, callback: unknown, delayMs?: unknown, ...args: unknown[]): number {
    // An interval below a millisecond would be a loop.
    const intervalMs = Math.max(1, toDelay(delayMs))
    return add('setInterval', callback, intervalMs, args, intervalMs)
  },

  clearTimeout: (id?: unknown): void => remove(id),

  clearInterval: (id?: unknown): void => remove(id),

  queueMicrotask (this: void, callback: unknown): void {
    assertCallable('queueMicrotask', callback)
    void runInMicrotask(callback)
  }
}

async function runInMicrotask (callback: () => unknown): Promise<void> {
  await Promise.resolve()
  try {
    callback()
  } catch (error) {
    reportException(error)
  }
}

function add (name: string, callback: unknown, delayMs: number, args: unknown[], intervalMs: number): number {
  assertCallable(name, callback)
  const id = nextId++
  queue.add({ id, deadline: clock.now() + delayMs, callback, args, intervalMs, owner: host.owner() })
  arm()
  return id
}

function remove (id: unknown): void {
  queue.remove(Number(id))
  arm()
}

/** Keeps the host's timer on the first deadline. */
function arm (): void {
  const first = queue.first()
  if (first === undefined ? armed === undefined : first.deadline === armed?.deadline) return
  if (armed !== undefined) host.clearTimer(armed.id)
  armed = first && { id: nextArmedId++, deadline: first.deadline }
  if (armed !== undefined) host.setTimer(armed.id, Math.min(maxDelayMs, Math.max(0, armed.deadline - clock.now())))
}

function fire (id: number): boolean {
  if (armed?.id !== id) return false
  clock.advanceTo(armed.deadline)
  const timer = queue.first()
  if (timer !== undefined) run(timer)
  // The callback has set or cleared a timer, and with that the host's next one.
  if (armed.id !== id) return false
  const next = queue.first()
  if (next !== undefined && next.deadline <= clock.now()) {
    armed.deadline = next.deadline
    return true
  }
  armed = undefined
  arm()
  return false
}

function run (timer: Parameters<TimerQueue['add']>[0]): void {
  queue.remove(timer.id)
  if (timer.intervalMs > 0) {
    queue.add({ ...timer, deadline: clock.now() + timer.intervalMs })
  }
  host.setOwner(timer.owner)
  try {
    timer.callback(...timer.args)
  } catch (error) {
    reportException(error)
  }
}

function toDelay (delayMs: unknown): number {
  const number = Math.trunc(Number(delayMs))
  return number > 0 ? Math.min(number, maxDelayMs) : 0
}

/** Text to be evaluated, which browsers take, is refused as in Node.js. */
function assertCallable (name: string, callback: unknown): asserts callback is (...args: unknown[]) => unknown {
  if (typeof callback !== 'function') {
    throw new TypeError(`Failed to execute '${name}': The callback provided as parameter 1 is not a function.`)
  }
}

class Performance {
  get timeOrigin (): number {
    return clock.timeOrigin
  }

  now (): number {
    return clock.now()
  }

  toJSON (): { timeOrigin: number } {
    return { timeOrigin: clock.timeOrigin }
  }
}
Object.defineProperty(Performance.prototype, Symbol.toStringTag, { value: 'Performance', configurable: true })

export const performance = new Performance()

scope.onTimers(fire)
