/**
 * What edge workers and sandboxes say to each other over a Unix socket:
 *
 *     u32 length of what follows | u8 type | u32 id | payload          (big-endian)
 *
 * `id` is the call's for all but LOAD, RELEASE, RELEASED and VARIABLE (the handle of the function on this connection), PING and PONG (echoed).
 *
 * A body that streams is a RESULT of the kind `stream`, then BODY_CHUNKs and BODY_END, or FAILED or CANCEL at any point. Chunks have to be
 * paid for, see `body-flow.ts`.
 */
export const frameTypes = {
  /** Edge to sandbox: here is the code that goes by this handle. u32 bytes of metadata | metadata JSON | u32 bytes of bundle | bundle | source map. */
  load: 1,
  /** u32 handle | u32 UTF-16 units of head | u32 bytes of head | head | body. */
  call: 2,
  /** The edge wants no answer any more. u32 handle. */
  cancel: 3,
  ping: 4,
  /** `id` is the handle: it is not used again. Answered with `released`. */
  release: 5,
  /** Sandbox to edge: u16 status, u8 body kind, u32 bytes of headers and headers JSON ([name, value] pairs) where the kind is `custom` or `stream`, body. */
  result: 16,
  /** A problem code as text. */
  failed: 17,
  /** The handle is not known (any more): load, and call again. Nothing of the call has run. */
  missing: 18,
  /** A line for the function's owner. u32 handle | JSON of a `SandboxLogLine`. */
  log: 19,
  pong: 20,
  /**
   * Something of the call has left the sandbox by another way than this connection, such as a request to another service. To be flushed
   * before that: a call of which nothing has left is run a second time where its sandbox is lost.
   */
  departed: 21,
  /** What the isolate has used, which is gone now: u32 bytes of heap, u32 microseconds of processor time. Zeros: there was none. */
  released: 22,
  /** Sandbox to edge: the call wants something of its key-value store. u32 ticket | JSON of a `KvOperation`. */
  kv: 23,
  /** Sandbox to edge: `id` is the handle of a function that has read a variable. u8: 1 where it is there, 0 where it is not | its name. */
  variable: 24,
  /** Sandbox to edge: bytes, `maxChunkBytes` at most. */
  bodyChunk: 32,
  bodyEnd: 33,
  /** Edge to sandbox: u32 handle | u32 of cost that may be sent in addition. */
  window: 34,
  /** Edge to sandbox: u32 handle | u32 ticket | JSON of a `KvAnswer`. */
  kvAnswer: 35
} as const

export const frameHeaderBytes = 9

export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/**
 * Collects the frames of one tick, so that they leave in one write. Written memory is never reused: the stream may still hold it.
 */
export class FrameWriter {
  readonly #sink: (chunk: Buffer) => void
  readonly #slabBytes: number
  #slab: Buffer
  /** Everything before it has been given to the sink. */
  #sent = 0
  /** Where the frame in the making begins. */
  #frame = 0
  #end = 0

  constructor (sink: (chunk: Buffer) => void, slabBytes = 256 * 1024) {
    this.#sink = sink
    this.#slabBytes = slabBytes
    this.#slab = Buffer.allocUnsafeSlow(slabBytes)
  }

  begin (type: number, id: number): void {
    this.#reserve(frameHeaderBytes)
    this.#end = this.#slab.writeUInt8(type, this.#frame + 4)
    this.#end = this.#slab.writeUInt32BE(id, this.#end)
  }

  u8 (value: number): void {
    this.#reserve(1)
    this.#end = this.#slab.writeUInt8(value, this.#end)
  }

  u16 (value: number): void {
    this.#reserve(2)
    this.#end = this.#slab.writeUInt16BE(value, this.#end)
  }

  u32 (value: number): void {
    this.#reserve(4)
    this.#end = this.#slab.writeUInt32BE(value, this.#end)
  }

  /** UTF-8; a lone surrogate becomes U+FFFD. */
  text (value: string): void {
    // Three bytes are the most that one UTF-16 unit takes; only a long text is worth an exact count.
    this.#reserve(value.length < 4096 ? value.length * 3 : Buffer.byteLength(value))
    this.#end += this.#slab.write(value, this.#end)
  }

  /** `text` after its length in bytes as u32. */
  sizedText (value: string): void {
    this.u32(0)
    const start = this.#end - this.#frame
    this.text(value)
    this.#slab.writeUInt32BE(this.#end - this.#frame - start, this.#frame + start - 4)
  }

  bytes (value: Uint8Array): void {
    this.#reserve(value.length)
    this.#slab.set(value, this.#end)
    this.#end += value.length
  }

  finish (): void {
    this.#slab.writeUInt32BE(this.#end - this.#frame - 4, this.#frame)
    this.#frame = this.#end
  }

  /** Gives all finished frames to the sink. */
  flush (): void {
    if (this.#frame === this.#sent) return
    const chunk = this.#slab.subarray(this.#sent, this.#frame)
    this.#sent = this.#frame
    this.#sink(chunk)
  }

  #reserve (bytes: number): void {
    if (this.#end + bytes <= this.#slab.length) return
    this.flush()
    const begun = this.#end - this.#frame
    const slab = Buffer.allocUnsafeSlow(Math.max(this.#slabBytes, (begun + bytes) * 2))
    slab.set(this.#slab.subarray(this.#frame, this.#end))
    this.#slab = slab
    this.#sent = 0
    this.#frame = 0
    this.#end = begun
  }
}

export type OnFrame = (type: number, id: number, payload: Buffer) => void

/** Finds the frames in what arrives, however it is cut. A frame that arrives whole is not copied: `payload` is a view of the chunk. */
export class FrameReader {
  readonly #maxFrameBytes: number
  readonly #onFrame: OnFrame
  #parts: Buffer[] = []
  #held = 0
  /** How much must be held before another look is worth it. */
  #needed = 0

  constructor (maxFrameBytes: number, onFrame: OnFrame) {
    this.#maxFrameBytes = maxFrameBytes
    this.#onFrame = onFrame
  }

  /** @throws {FrameError} where the length cannot be; nothing that follows can be trusted then */
  push (chunk: Buffer): void {
    if (this.#held > 0) {
      this.#parts.push(chunk)
      this.#held += chunk.length
      if (this.#held < this.#needed) return
      chunk = Buffer.concat(this.#parts, this.#held)
      this.#parts = []
      this.#held = 0
    }
    let at = 0
    while (chunk.length - at >= 4) {
      const length = chunk.readUInt32BE(at)
      if (length < frameHeaderBytes - 4 || length > this.#maxFrameBytes) throw new FrameError(`A frame cannot have ${length} bytes`)
      const end = at + 4 + length
      if (end > chunk.length) return this.#hold(chunk, at, 4 + length)
      this.#onFrame(chunk[at + 4]!, chunk.readUInt32BE(at + 5), chunk.subarray(at + frameHeaderBytes, end))
      at = end
    }
    if (at < chunk.length) this.#hold(chunk, at, 4)
  }

  #hold (chunk: Buffer, at: number, needed: number): void {
    this.#parts = [chunk.subarray(at)]
    this.#held = chunk.length - at
    this.#needed = needed
  }
}
