import { connect, type Socket } from 'node:net'
import type { Logger } from '#shared/log.ts'
import { FrameReader, FrameWriter, type OnFrame } from './frames.ts'

export interface SocketEvents {
  onOpen: () => void
  onFrame: OnFrame
  /** @param isBroken what the sandbox sent could not be read */
  onClosed: (isBroken: boolean) => void
  logger: Logger
}

const maxFrameBytes = 8 * 1024 * 1024

/** The edge's end of a connection to a sandbox: frames in, frames out. */
export class SandboxSocket {
  readonly writer: FrameWriter
  readonly #socket: Socket
  #isOpen = false
  #isFlushing = false

  constructor (path: string, { onOpen, onFrame, onClosed, logger }: SocketEvents) {
    const socket = this.#socket = connect(path)
    let isBroken = false
    this.writer = new FrameWriter(chunk => { socket.write(chunk) })
    const reader = new FrameReader(maxFrameBytes, onFrame)
    socket.on('connect', () => {
      this.#isOpen = true
      onOpen()
    })
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
      } catch (err) {
        // Whatever a sandbox sends, it must not reach further than its own connection.
        logger.error({ err, path }, 'a sandbox sent what cannot be read')
        isBroken = true
        socket.destroy()
      }
    })
    socket.on('error', err => logger.debug({ err, path }, 'the connection to a sandbox broke'))
    socket.on('close', () => {
      this.#isOpen = false
      onClosed(isBroken)
    })
  }

  get isOpen (): boolean { return this.#isOpen }
  get bufferedBytes (): number { return this.#socket.writableLength }

  destroy (): void {
    this.#socket.destroy()
  }

  /** All that is written until the end of this turn of the event loop leaves in one write. */
  scheduleFlush (): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      if (!this.#socket.destroyed) this.writer.flush()
    })
  }
}
