/** Frames of HTTP/2, byte by byte (RFC 9113, section 4.1): for what no client sends. */
export const frameTypes = { data: 0, headers: 1, priority: 2, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8, continuation: 9 } as const
export const endStream = 1
export const endHeaders = 4

export const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame('settings', 0, 0)])

export function frame (type: keyof typeof frameTypes, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload)
  const head = Buffer.alloc(9)
  head.writeUIntBE(body.length, 0, 3)
  head.writeUInt8(frameTypes[type], 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, body])
}

/** Each field as a literal that is not indexed (RFC 7541, section 6.2.2); nothing of it is checked. */
export function fields (list: ReadonlyArray<readonly [name: string, value: string]>): Buffer {
  return Buffer.concat(list.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]))
}

export function request (stream: number, list: ReadonlyArray<readonly [name: string, value: string]>, flags = endHeaders | endStream): Buffer {
  return frame('headers', flags, stream, fields(list))
}

export function uint32 (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** RFC 7541, section 5.1, with a prefix of seven bits. */
function text (value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push(128 + rest % 128)
  return Buffer.concat([Buffer.of(...length, rest), bytes])
}

export interface Frame {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

/** Those that are whole. */
export function readFrames (bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3)
    if (at + 9 + length > bytes.length) break
    frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, stream: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, at + 9 + length) })
    at += 9 + length
  }
  return frames
}
