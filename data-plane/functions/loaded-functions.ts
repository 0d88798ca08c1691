import { functionOf } from './blame.ts'
import type { FrameWriter } from './frames.ts'
import { LogBudget } from './log-budget.ts'
import { writeLoad } from './messages.ts'
import type { RunnableFunction } from './runner.ts'

export interface LoadedFunction {
  fn: RunnableFunction
  logs: LogBudget
  /** How many variables it has been said to read. */
  reads: number
}

const maxHandles = 10_000

/** What one connection's sandbox has been told of, by the names that it has there. */
export class LoadedFunctions {
  /** By key: the function's name on this connection, never used again for another. */
  readonly #handles = new Map<string, number>()
  readonly #functions = new Map<number, LoadedFunction>()
  #nextHandle = 1

  get (handle: number): LoadedFunction | undefined {
    return this.#functions.get(handle)
  }

  find (functionId: string): RunnableFunction | null {
    for (const { fn } of this.#functions.values()) if (functionOf(fn.key) === functionId) return fn
    return null
  }

  all (): RunnableFunction[] {
    return [...this.#functions.values()].map(({ fn }) => fn)
  }

  /** The handle of the function, which is loaded now if need be. @throws what the function's variables or code throw */
  handleOf (fn: RunnableFunction, writer: FrameWriter): number {
    return this.#handles.get(fn.key) ?? this.#load(fn, writer)
  }

  forget (key: string, handle: number): void {
    if (this.#handles.get(key) === handle) this.#handles.delete(key)
    this.#functions.delete(handle)
  }

  /** @returns the handle that it had; `null`: it is not loaded */
  forgetKey (key: string): number | null {
    const handle = this.#handles.get(key)
    if (handle === undefined) return null
    this.forget(key, handle)
    return handle
  }

  #load (fn: RunnableFunction, writer: FrameWriter): number {
    const oldest = this.#handles.size < maxHandles ? undefined : this.#handles.entries().next().value
    if (oldest !== undefined) this.forget(...oldest)
    const handle = this.#nextHandle++
    const { key, gatewayId, gatewayName, environment, timeoutMs, limits, variables } = fn
    writeLoad(writer, handle, { key, gateway: { id: gatewayId, name: gatewayName }, environment, timeoutMs, limits, variables }, fn.code())
    this.#handles.set(key, handle)
    this.#functions.set(handle, { fn, logs: new LogBudget(), reads: 0 })
    return handle
  }
}
