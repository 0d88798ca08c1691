import { compose } from 'node:stream'
import type { FeedMessage, FeedState } from '#shared/feed.ts'
import { compress, createDecoder, encode, type FeedEncoding } from './encoding.ts'
import { Spool } from './spool.ts'

/** Lines are joined up to here. What is no longer travels as one frame, with its `begin` and its `commit`. */
const frameLength = 64 * 1024

/** One reading of the store, for all readers who lack the same. */
export class FeedBatch {
  /** To which it leads. */
  readonly revision: number
  readonly #text: string
  readonly #spool: Spool
  readonly #whole = new Map<string, Promise<Buffer>>()
  #users = 1

  /** @param text the items behind those in the spool, which are compressed */
  constructor (revision: number, text: string, spool: Spool) {
    this.revision = revision
    this.#text = text
    this.#spool = spool
  }

  /** About what it costs while it is kept. */
  get memoryBytes (): number {
    return 1_024 + this.#text.length * 2 + this.#spool.memoryBytes
  }

  /** Before it is read, by each who reads it, and `release` afterwards. false: it is gone, and has to be read from the store again. */
  retain (): boolean {
    if (this.#users === 0) return false
    this.#users++
    return true
  }

  /** Its maker holds it, too. */
  release (): void {
    if (--this.#users === 0) void this.#spool.close()
  }

  /** Between these lines. */
  async * frames (begin: string, commit: string, encoding: FeedEncoding): AsyncGenerator<Buffer, void, undefined> {
    if (this.#spool.isEmpty) {
      yield await this.#encodeWhole(begin, commit, encoding)
      return
    }
    yield await encode(begin, encoding)
    yield * this.items(encoding)
    yield await encode(commit, encoding)
  }

  async * items (encoding: FeedEncoding): AsyncGenerator<Buffer, void, undefined> {
    if (!this.#spool.isEmpty) yield * encoding === 'zstd' ? this.#spool.read() : compose(this.#spool.read(), createDecoder()) as AsyncIterable<Buffer>
    if (this.#text !== '') yield await this.#encodeWhole('', '', encoding)
  }

  /** Almost all ask for the same. */
  async #encodeWhole (begin: string, commit: string, encoding: FeedEncoding): Promise<Buffer> {
    const key = `${encoding} ${begin} ${commit}`
    const encoded = this.#whole.get(key) ?? encode(`${begin}${this.#text}${commit}`, encoding)
    this.#whole.set(key, encoded)
    return await encoded
  }
}

/** @param messages behind `begin`, to `commit` @param directory for what is too much for memory */
export async function gatherBatch (messages: AsyncIterator<FeedState>, directory: string): Promise<FeedBatch> {
  const spool = new Spool(directory)
  let text = ''
  try {
    for (;;) {
      const { value: message, done } = await messages.next()
      if (done) throw new Error('a reading of the store has no end')
      if (message.type === 'commit') return new FeedBatch(message.revision, text, spool)
      text += line(message)
      if (text.length < frameLength) continue
      await spool.append(await compress(text))
      text = ''
    }
  } catch (error) {
    await spool.close()
    throw error
  } finally {
    await messages.return?.()
  }
}

export function line (message: FeedMessage): string {
  return `${JSON.stringify(message)}\n`
}
