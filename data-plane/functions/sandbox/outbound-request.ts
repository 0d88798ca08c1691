import { isUtf8 } from 'node:buffer'
import { bodyWindow } from '../body-flow.ts'
import type { ClientResponse } from '../../egress/client.ts'
import type { EgressErrorCode } from '../../egress/errors.ts'
import type { Stop } from './engine.ts'
import { inKinds } from './inside/in-kinds.ts'
import type { Crossing, Progress } from './updates.ts'

/** One outbound request of an isolate: what has come back and has not been taken in, and how much the isolate has not read. */
export class OutboundRequest implements Progress {
  readonly call: number
  readonly controller = new AbortController()
  readonly #id: number
  readonly #onProgress: (request: this) => void
  #head: string | null = null
  #hasBody = false
  #chunks: Buffer[] = []
  #unreadBytes = 0
  #isEnded = false
  #failure: { code: EgressErrorCode, message: string } | null = null
  #wanted: PromiseWithResolvers<IteratorResult<Uint8Array>> | null = null
  #isWanted = false
  #roomMade: (() => void) | null = null

  constructor (call: number, id: number, onProgress: (request: OutboundRequest) => void) {
    this.call = call
    this.#id = id
    this.#onProgress = onProgress
  }

  get isOver (): boolean { return this.#isEnded || this.#failure !== null }

  respond ({ body, ...head }: ClientResponse): void {
    this.#head = JSON.stringify(head)
    this.#hasBody = body !== null
    this.#onProgress(this)
  }

  /** Resolves when the isolate has read enough for the next one. */
  async receive (chunk: Uint8Array): Promise<void> {
    if (this.isOver) return
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
    this.#unreadBytes += chunk.length
    this.#onProgress(this)
    if (this.#unreadBytes < bodyWindow) return
    await new Promise<void>(resolve => { this.#roomMade = resolve })
  }

  /** The isolate says so, so it may be any number. */
  read (bytes: number): void {
    this.#unreadBytes = Math.max(0, this.#unreadBytes - bytes)
    if (this.#unreadBytes < bodyWindow) this.#makeRoom()
  }

  end (): void {
    if (this.isOver) return
    this.#isEnded = true
    this.#onProgress(this)
  }

  fail (code: EgressErrorCode, message: string): void {
    if (this.isOver) return
    this.#failure = { code, message }
    this.controller.abort()
    this.#makeRoom()
    this.#onProgress(this)
  }

  /** The isolate wants to hear nothing more of it. */
  abort (): void {
    this.#isEnded = true
    this.#head = null
    this.#chunks = []
    this.controller.abort()
    this.#makeRoom()
  }

  /** A body that the isolate is asked for, chunk by chunk. */
  readonly content: AsyncIterableIterator<Uint8Array> = {
    next: async () => {
      this.#wanted = Promise.withResolvers()
      this.#isWanted = true
      this.#onProgress(this)
      return await this.#wanted.promise
    },
    return: async () => this.#give({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => this.content
  }

  send (chunk: Uint8Array): void {
    this.#give({ done: false, value: chunk })
  }

  endContent (): void {
    this.#give({ done: true, value: undefined })
  }

  write (crossing: Crossing): Stop | null {
    const id = this.#id
    const bytes = Buffer.concat(this.#chunks)
    this.#chunks = []
    const head = this.#head
    this.#head = null
    if (head !== null && this.#isEnded && this.#hasBody) return writeWhole(crossing, id, head, bytes)
    if (head !== null) crossing.add(inKinds.responseHead, id, head, this.#hasBody ? 'body' : '')
    if (bytes.length > 0) {
      const stop = crossing.receive(-id, bytes)
      if (stop !== null) return stop
      crossing.add(inKinds.chunk, id)
    }
    if (this.#failure !== null) crossing.add(inKinds.fail, id, this.#failure.code, this.#failure.message)
    else if (this.#isEnded) crossing.add(inKinds.end, id)
    else if (this.#isWanted) crossing.add(inKinds.pull, id)
    this.#isWanted = false
    return null
  }

  #give (result: IteratorResult<Uint8Array>): IteratorResult<Uint8Array> {
    this.#wanted?.resolve(result)
    this.#wanted = null
    return result
  }

  #makeRoom (): void {
    this.#roomMade?.()
    this.#roomMade = null
  }
}

/** Most answers are short, and there at once: they cross as what they will be read as. */
function writeWhole (crossing: Crossing, id: number, head: string, bytes: Buffer): Stop | null {
  if (isUtf8(bytes)) {
    crossing.add(inKinds.response, id, head, bytes.toString())
    return null
  }
  const stop = crossing.receive(-id, bytes)
  if (stop === null) crossing.add(inKinds.responseWithBytes, id, head)
  return stop
}
