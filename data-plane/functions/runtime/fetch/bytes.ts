import { utf8fromStringLoose, utf8toStringLoose } from '@exodus/bytes/utf8.js'
import { decodeForgiving } from '../base64.ts'

/** As much of Node's `Buffer` as undici's multipart parser asks for. Its `subarray` gives the same class, as Buffer's does. */
export class Bytes extends Uint8Array {
  static override from (source: unknown, encoding?: unknown): Bytes {
    if (typeof source !== 'string') return new Bytes(source as ArrayLike<number>)
    if (encoding === 'base64') return new Bytes(decodeForgiving(source) ?? new Uint8Array(0))
    return new Bytes(utf8fromStringLoose(source))
  }

  /** The same memory under this class. */
  static view (bytes: Uint8Array<ArrayBuffer>): Bytes {
    return new Bytes(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  override toString (encoding?: string): string {
    return encoding === 'latin1' || encoding === 'ascii' ? Array.from(this, byte => String.fromCharCode(byte)).join('') : utf8toStringLoose(this)
  }

  equals (other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, index) => byte === other[index])
  }

  override indexOf (wanted: number | Uint8Array, from = 0): number {
    if (typeof wanted === 'number') return super.indexOf(wanted, from)
    const last = this.length - wanted.length
    for (let at = super.indexOf(wanted[0] ?? -1, from); at !== -1 && at <= last; at = super.indexOf(wanted[0] ?? -1, at + 1)) {
      let matched = 1
      while (matched < wanted.length && this[at + matched] === wanted[matched]) matched++
      if (matched === wanted.length) return at
    }
    return -1
  }
}
