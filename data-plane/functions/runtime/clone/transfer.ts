import { isArrayBuffer } from '../byte-sequences.ts'
import { domException } from '../errors.ts'

/**
 * HTML, "StructuredSerializeWithTransfer", for the one kind of object that can be transferred here. The new buffers are in
 * `memory` at once, so that what refers to the old ones is cloned to refer to them; nothing is lost where cloning throws.
 * @returns what moves the bytes, once the rest is cloned
 */
export function transferBuffers (transfer: unknown[], memory: Map<object, object>): () => void {
  const moves: Array<() => void> = []
  for (const buffer of transfer) {
    if (!isArrayBuffer(buffer)) throw domException('Value could not be transferred.', 'DataCloneError')
    if (memory.has(buffer)) throw domException('A value is in the list of transfers twice.', 'DataCloneError')
    if (buffer.detached) throw domException('An ArrayBuffer is detached and could not be transferred.', 'DataCloneError')
    const target = buffer.resizable
      ? new ArrayBuffer(buffer.byteLength, { maxByteLength: buffer.maxByteLength })
      : new ArrayBuffer(buffer.byteLength)
    memory.set(buffer, target)
    moves.push(() => {
      new Uint8Array(target).set(new Uint8Array(buffer))
      buffer.transfer(0)
    })
  }
  return () => {
    for (const move of moves) move()
  }
}
