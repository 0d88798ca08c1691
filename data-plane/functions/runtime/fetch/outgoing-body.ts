import type { BodyReader } from '../scope.ts'

/** What leaves at once; a larger chunk leaves in parts. */
const maxPartBytes = 64 * 1024

/** The stream of a request's body, read as fast as the other side takes it. */
export class OutgoingBody {
  readonly #reader: BodyReader
  #rest: Uint8Array | undefined

  constructor (reader: BodyReader) {
    this.#reader = reader
  }

  /** `undefined` at the end. @throws what the stream fails with */
  async next (): Promise<Uint8Array | undefined> {
    while (this.#rest === undefined || this.#rest.length === 0) {
      this.#rest = await this.#reader.read()
      if (this.#rest === undefined) return undefined
    }
    const part = this.#rest.subarray(0, maxPartBytes)
    this.#rest = this.#rest.subarray(maxPartBytes)
    return part
  }

  cancel (): void {
    // How a source ends that nobody wants any more is its own business.
    this.#reader.cancel().catch(() => undefined)
  }
}
