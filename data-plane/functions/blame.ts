/**
 * What a sandbox leaves in its mark before tenant code runs, so that whoever looks from outside knows whose code it was:
 *
 *     u32 turn, counted from 1 | u16 1: it runs, 0: it is over | u16 bytes of key | key          (big-endian)
 *
 * The mark is a file of this size at most that both processes have open: it outlives the sandbox and needs nobody's cooperation to be read.
 */
export const maxMarkBytes = 1024
export const markHeadBytes = 8

export interface Mark {
  turn: number
  isRunning: boolean
  /** Of the function whose code runs, or ran last; empty: none yet. Written by the sandbox, so it may be anything. */
  key: string
}

export function encodeMark (key: string): Buffer {
  const mark = Buffer.alloc(Math.min(maxMarkBytes, markHeadBytes + Buffer.byteLength(key)))
  mark.writeUInt16BE(1, 4)
  mark.writeUInt16BE(mark.length - markHeadBytes, 6)
  mark.write(key, markHeadBytes)
  return mark
}

export function decodeMark (bytes: Buffer): Mark {
  if (bytes.length < markHeadBytes) return { turn: 0, isRunning: false, key: '' }
  return {
    turn: bytes.readUInt32BE(0),
    isRunning: bytes.readUInt16BE(4) === 1,
    key: bytes.toString('utf8', markHeadBytes, markHeadBytes + bytes.readUInt16BE(6))
  }
}

/** The function of a key, whatever its variables: `<gateway>-<env>/<function>@<version>`. */
export function functionOf (key: string): string {
  return key.slice(0, key.lastIndexOf('/'))
}
