const blockBytes = 64

/** HMAC-SHA-256 (RFC 2104) in hexadecimal. */
export async function sign (text: string, secret: string): Promise<string> {
  const encoder = new TextEncoder()
  const secretBytes = encoder.encode(secret)
  const key = new Uint8Array(blockBytes)
  key.set(secretBytes.length > blockBytes ? await sha256(secretBytes) : secretBytes)
  const inner = await sha256(join(key.map(byte => byte ^ 0x36), encoder.encode(text)))
  const outer = await sha256(join(key.map(byte => byte ^ 0x5c), inner))
  return Array.from(outer, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Compares every character, so that the time says nothing about where the first difference is. */
export async function isSignature (signature: string, text: string, secret: string): Promise<boolean> {
  const expected = await sign(text, secret)
  let difference = signature.length ^ expected.length
  for (let i = 0; i < expected.length; i++) difference |= expected.charCodeAt(i) ^ (signature.charCodeAt(i) || 0)
  return difference === 0
}

async function sha256 (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

function join (first: Uint8Array<ArrayBuffer>, second: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length)
  joined.set(first)
  joined.set(second, first.length)
  return joined
}
