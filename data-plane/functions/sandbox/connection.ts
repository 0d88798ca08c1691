import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { FrameError, FrameReader, frameTypes, FrameWriter } from '../frames.ts'
import { readKvAnswer, writeKv } from '../kv-frames.ts'
import { readCall, readLoad, readWindow, writeChunk, writeFailed, writeLog, writeReleased, writeResult, writeSignal, writeVariable, type FailureCode, type SandboxLogLine } from '../messages.ts'
import type { Caller } from './call.ts'
import type { FunctionIsolate } from './isolate.ts'
import type { IsolatePool } from './pool.ts'

const maxFrameBytes = 64 * 1024 * 1024

/** One edge worker, or the supervisor that asks whether this process is alive. */
export class Connection implements Caller {
  readonly #socket: Socket
  readonly #pool: IsolatePool
  readonly #scheduleFlush: () => void
  readonly #writer: FrameWriter
  readonly #handles = new Map<number, FunctionIsolate>()

  /** @param scheduleFlush asks for a `flush` soon, where no isolate has been scheduled */
  constructor (socket: Socket, pool: IsolatePool, scheduleFlush: () => void) {
    this.#socket = socket
    this.#pool = pool
    this.#scheduleFlush = scheduleFlush
    this.#writer = new FrameWriter(chunk => { socket.write(chunk) })
    const reader = new FrameReader(maxFrameBytes, (type, id, payload) => this.#receive(type, id, payload))
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
      } catch (error) {
        // It must not take the calls of other connections along.
        process.stderr.write(`A connection sent what cannot be read: ${String(error)}\n`)
        this.close()
      }
    })
  }

  result (id: number, status: number, bodyKind: number, headers: string, body: string | Uint8Array): void {
    writeResult(this.#writer, id, status, bodyKind, headers, body)
  }

  chunk (id: number, chunk: Uint8Array): void {
    writeChunk(this.#writer, id, chunk)
  }

  end (id: number): void {
    writeSignal(this.#writer, frameTypes.bodyEnd, id)
  }

  failed (id: number, code: FailureCode): void {
    writeFailed(this.#writer, id, code)
  }

  missing (id: number): void {
    writeSignal(this.#writer, frameTypes.missing, id)
  }

  departed (id: number): void {
    writeSignal(this.#writer, frameTypes.departed, id)
    this.flush()
  }

  kv (id: number, ticket: number, text: string): void {
    writeKv(this.#writer, id, ticket, text)
  }

  variable (handle: number, name: string, isThere: boolean): void {
    writeVariable(this.#writer, handle, name, isThere)
  }

  log (id: number, handle: number, line: SandboxLogLine): void {
    writeLog(this.#writer, id, handle, line)
  }

  flush (): void {
    if (!this.#socket.destroyed) this.#writer.flush()
  }

  forget (isolate: FunctionIsolate): void {
    for (const [handle, known] of this.#handles) if (known === isolate) this.#handles.delete(handle)
  }

  close (): void {
    this.#pool.cancelAll(this)
    this.#socket.destroy()
  }

  #receive (type: number, id: number, payload: Buffer): void {
    switch (type) {
      case frameTypes.call: return this.#call(id, payload)
      case frameTypes.load: {
        const { metadata, bundle, sourceMap } = readLoad(payload)
        this.#handles.set(id, this.#pool.load(metadata, { bundle, sourceMap }))
        return
      }
      case frameTypes.cancel: {
        const isolate = this.#handles.get(payload.readUInt32BE(0))
        isolate?.cancel(this, id)
        return
      }
      case frameTypes.release: return this.#release(id)
      case frameTypes.window: {
        const { handle, cost } = readWindow(payload)
        this.#handles.get(handle)?.grant(this, id, cost)
        return
      }
      case frameTypes.kvAnswer: {
        const { handle, ticket, text } = readKvAnswer(payload)
        this.#handles.get(handle)?.answerKv(this, ticket, text)
        return
      }
      case frameTypes.ping:
        writeSignal(this.#writer, frameTypes.pong, id)
        return this.#scheduleFlush()
      default: throw new FrameError(`A sandbox is sent no frame of type ${type}`)
    }
  }

  #release (handle: number): void {
    const isolate = this.#handles.get(handle)
    writeReleased(this.#writer, handle, isolate?.usage ?? { heapBytes: 0, cpuMs: 0 })
    this.#handles.delete(handle)
    // Another connection may have given it calls: then it is still wanted, and the pool's to end.
    if (isolate?.busy === false) isolate.stop(null)
    this.#scheduleFlush()
  }

  #call (id: number, payload: Buffer): void {
    const { handle, headUnits, headAt, bodyAt } = readCall(payload)
    const isolate = this.#handles.get(handle)
    if (isolate === undefined) {
      this.missing(id)
      return this.#scheduleFlush()
    }
    const isText = bodyAt === payload.length || isUtf8(payload.subarray(bodyAt))
    isolate.submit({
      caller: this,
      id,
      handle,
      text: payload.toString('utf8', headAt, isText ? payload.length : bodyAt),
      headUnits,
      bytes: isText ? null : payload.subarray(bodyAt)
    })
  }
}
