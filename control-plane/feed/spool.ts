import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

/** Up to here all stays in memory, where it is the same for all who read. */
const maxMemoryBytes = 1024 * 1024
const chunkBytes = 128 * 1024

/**
 * Bytes that one writes, and any number then reads, each at its own pace. Many of them are kept in a file without a name, so that neither slow
 * readers nor a large store cost memory, and nothing is left behind, whatever becomes of this process.
 */
export class Spool {
  readonly #directory: string
  #parts: Buffer[] = []
  #file: FileHandle | null = null
  #bytes = 0

  /** @param directory for the file */
  constructor (directory: string) {
    this.#directory = directory
  }

  get isEmpty (): boolean {
    return this.#bytes === 0
  }

  get memoryBytes (): number {
    return this.#file === null ? this.#bytes : 0
  }

  /** One at a time. */
  async append (part: Buffer): Promise<void> {
    this.#bytes += part.length
    if (this.#file === null) {
      this.#parts.push(part)
      if (this.#bytes > maxMemoryBytes) await this.#spill()
      return
    }
    await this.#file.appendFile(part)
  }

  /** From the beginning, of what was written before it is called. */
  async * read (): AsyncGenerator<Buffer, void, undefined> {
    if (this.#file === null) return yield * this.#parts
    for (let position = 0; position < this.#bytes;) {
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(Math.min(chunkBytes, this.#bytes - position)), { position })
      if (bytesRead === 0) throw new Error('what was put aside for the feed is shorter than it was')
      yield buffer.subarray(0, bytesRead)
      position += bytesRead
    }
  }

  /** When nobody reads it any more. */
  async close (): Promise<void> {
    this.#parts = []
    await this.#file?.close()
  }

  async #spill (): Promise<void> {
    const name = path.join(this.#directory, `feed-${randomUUID()}`)
    this.#file = await open(name, 'wx+', 0o600)
    await unlink(name)
    await this.#file.writeFile(Buffer.concat(this.#parts))
    this.#parts = []
  }
}
