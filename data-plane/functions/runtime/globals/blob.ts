import { utf8fromStringLoose, utf8toStringLoose } from '@exodus/bytes/utf8.js'
import { concatenate, copyBytes, isArrayBuffer } from '../byte-sequences.ts'
import { scope } from '../scope.ts'
import { requireArguments, toDOMString } from '../webidl.ts'

interface Options { type?: unknown, endings?: unknown, lastModified?: unknown }

/** The bytes of a blob itself, not to be changed; `undefined` for what is no blob. */
export let bytesOfBlob: (value: unknown) => Uint8Array<ArrayBuffer> | undefined

/** File API, section 3. All of the bytes are in memory, and slices share them. */
export class Blob {
  #bytes: Uint8Array<ArrayBuffer>
  readonly #type: string

  static {
    bytesOfBlob = value => typeof value === 'object' && value !== null && #bytes in value ? value.#bytes : undefined
  }

  constructor (parts?: unknown, options?: unknown) {
    const { type = '', endings = 'transparent' } = toOptions(options)
    const ending = toDOMString(endings)
    if (ending !== 'transparent' && ending !== 'native') throw new TypeError(`'${ending}' is no way to treat line endings.`)
    this.#bytes = parts === undefined ? new Uint8Array(0) : concatenate(toSequence(parts).map(part => toBytes(part, ending === 'native')))
    this.#type = toType(type)
  }

  get size (): number {
    return this.#bytes.length
  }

  get type (): string {
    return this.#type
  }

  slice (start?: unknown, end?: unknown, type?: unknown): Blob {
    const blob = new Blob(undefined, { type: type === undefined ? '' : type })
    const from = toIndex(start, 0, this.size)
    blob.#bytes = this.#bytes.subarray(from, Math.max(from, toIndex(end, this.size, this.size)))
    return blob
  }

  async arrayBuffer (): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer
  }

  async bytes (): Promise<Uint8Array> {
    return this.#bytes.slice()
  }

  async text (): Promise<string> {
    const text = utf8toStringLoose(this.#bytes)
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  }

  stream (): ReadableStream<Uint8Array> {
    const bytes = this.#bytes
    let at = 0
    return new (scope.use('streams').ReadableStream)<Uint8Array>({
      type: 'bytes',
      pull (controller) {
        const chunk = bytes.slice(at, at += 65536)
        if (chunk.length > 0) controller.enqueue(chunk)
        if (at < bytes.length) return
        controller.close()
        controller.byobRequest?.respond(0)
      }
    }) as ReadableStream<Uint8Array>
  }
}

/** File API, section 4. */
export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor (parts: unknown, name: unknown, options?: unknown) {
    requireArguments('File', arguments.length, 2)
    super(toSequence(parts), options)
    const { lastModified } = toOptions(options)
    this.#name = toDOMString(name).toWellFormed()
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0
  }

  get name (): string {
    return this.#name
  }

  get lastModified (): number {
    return this.#lastModified
  }

  get webkitRelativePath (): string {
    return ''
  }
}
for (const [constructor, name] of [[Blob, 'Blob'], [File, 'File']] as const) {
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: name, configurable: true })
}

function toOptions (options: unknown): Options {
  if (options === undefined || options === null) return {}
  if (typeof options !== 'object' && typeof options !== 'function') throw new TypeError('The options are not an object.')
  return options
}

function toSequence (parts: unknown): unknown[] {
  if (typeof parts === 'object' && parts !== null && Symbol.iterator in parts) return [...parts as Iterable<unknown>]
  throw new TypeError('The parts are not a sequence.')
}

function toBytes (part: unknown, nativeEndings: boolean): Uint8Array {
  const blob = bytesOfBlob(part)
  if (blob !== undefined) return blob
  if (ArrayBuffer.isView(part) || isArrayBuffer(part)) return copyBytes(part)
  const text = toDOMString(part)
  return utf8fromStringLoose(nativeEndings ? text.replace(/\r\n?/g, '\n') : text)
}

function toType (type: unknown): string {
  const text = toDOMString(type)
  return /^[ -~]*$/.test(text) ? text.toLowerCase() : ''
}

/** Web IDL [Clamp] long long, then relative to the end where it is negative. */
function toIndex (value: unknown, otherwise: number, size: number): number {
  if (value === undefined) return otherwise
  const index = Math.trunc(Number(value)) || 0
  return index < 0 ? Math.max(0, size + index) : Math.min(index, size)
}
