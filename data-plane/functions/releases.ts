import { readReleased } from './messages.ts'
import type { FunctionUsage } from './runner.ts'

/** A sandbox answers between two turns; one that does not is none to wait for. */
const patienceMs = 2_000

/** Who waits to hear what a function that was released on one connection has used. */
export class Releases {
  readonly #waiting = new Map<number, (usage: FunctionUsage | null) => void>()

  /** `null`: nobody knows. */
  async wait (handle: number): Promise<FunctionUsage | null> {
    return await new Promise(resolve => {
      const timer = setTimeout(() => settle(null), patienceMs)
      const settle = (usage: FunctionUsage | null): void => {
        clearTimeout(timer)
        this.#waiting.delete(handle)
        resolve(usage)
      }
      this.#waiting.set(handle, settle)
    })
  }

  /** @throws {FrameError} */
  receive (handle: number, payload: Buffer): void {
    this.#waiting.get(handle)?.(readReleased(payload))
  }

  close (): void {
    for (const settle of this.#waiting.values()) settle(null)
  }
}
