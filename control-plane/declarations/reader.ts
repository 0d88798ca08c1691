import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { Rules } from './read.ts'
import type { Job, Result } from './worker.ts'

interface Asked { resolve: (result: Result | null) => void, reject: (error: unknown) => void }

/** One thread that reads and writes documents, one at a time. */
export class DocumentReader {
  readonly #thread: Worker
  #asked: Asked | null = null
  #hasEnded = false

  constructor (rules: Rules) {
    const cache = getCompileCacheDir()
    this.#thread = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: rules,
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 }
    })
    this.#thread.on('message', (result: Result) => this.#asked?.resolve(result))
    this.#thread.on('error', error => this.#fail(error))
    this.#thread.on('exit', () => { this.#hasEnded = true })
  }

  /** After too much, or a fault of its own. */
  get hasEnded (): boolean {
    return this.#hasEnded
  }

  /** `null`: it took more time or memory than a document may, and the thread has ended. */
  async answer (job: Job, deadlineMs: number): Promise<Result | null> {
    const { promise, resolve, reject } = Promise.withResolvers<Result | null>()
    this.#asked = { resolve, reject }
    const timer = setTimeout(() => resolve(null), deadlineMs)
    this.#thread.ref()
    this.#thread.postMessage(job, [])
    try {
      const result = await promise
      if (result === null) await this.end()
      return result
    } finally {
      clearTimeout(timer)
      this.#asked = null
      // A program that has nothing else to do does not stay for its sake.
      this.#thread.unref()
    }
  }

  async end (): Promise<void> {
    this.#hasEnded = true
    await this.#thread.terminate()
  }

  #fail (error: unknown): void {
    this.#hasEnded = true
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.#asked?.resolve(null)
    else this.#asked?.reject(error)
  }
}
