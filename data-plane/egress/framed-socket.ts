import type { Socket } from 'node:net'
import { FrameReader, FrameWriter, type OnFrame } from '../functions/frames.ts'
import { maxHeadBytes } from './protocol.ts'

export interface FramedSocketHandlers {
  /** May throw: then the connection ends. */
  onFrame: OnFrame
  /** Once. The error is what ended it, or `null`. */
  onClose: (error: Error | null) => void
}

/** A socket that carries frames. Whatever is wrong with what comes in ends this connection and nothing else. */
export class FramedSocket {
  readonly writer: FrameWriter
  readonly #socket: Socket
  #isFlushing = false
  #drained: PromiseWithResolvers<void> | null = null
  #error: Error | null = null

  constructor (socket: Socket, { onFrame, onClose }: FramedSocketHandlers) {
    this.#socket = socket
    this.writer = new FrameWriter(chunk => { if (!socket.destroyed) socket.write(chunk) }, 64 * 1024)
    const reader = new FrameReader(maxHeadBytes, onFrame)
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
      } catch (error) {
        this.destroy(error as Error)
      }
      // Who does not read what is answered is not heard any further.
      if (socket.writableNeedDrain) socket.pause()
    })
    socket.on('drain', () => {
      socket.resume()
      this.#wake()
    })
    socket.on('error', error => { this.#error ??= error })
    socket.on('close', () => {
      this.#wake()
      onClose(this.#error)
    })
  }

  /** All that is written until the end of this turn of the event loop leaves in one write. */
  scheduleFlush (): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      this.writer.flush()
    })
  }

  /** Resolves when there is room for more, or when the connection has ended. */
  async drained (): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writableNeedDrain) return
    this.#drained ??= Promise.withResolvers()
    await this.#drained.promise
  }

  destroy (error: Error | null = null): void {
    this.#error ??= error
    this.#socket.destroy()
  }

  #wake (): void {
    this.#drained?.resolve()
    this.#drained = null
  }
}
