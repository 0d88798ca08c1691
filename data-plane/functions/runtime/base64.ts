import { fromBase64 } from '@exodus/bytes/base64.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * Infra's forgiving-base64 decode.
 * @returns `undefined` where the text is no base64
 */
export function decodeForgiving (text: string): Uint8Array | undefined {
  let digits = text.replace(/[\t\n\f\r ]+/g, '')
  if (digits.length % 4 === 0) digits = digits.replace(/={1,2}$/, '')
  const rest = digits.length % 4
  if (rest === 1 || /[^A-Za-z0-9+/]/.test(digits)) return undefined
  return fromBase64(rest === 0 ? digits : withoutSpareBits(digits, rest))
}

/** The bits of the last digit that make no byte are to be ignored, and the package refuses them. */
function withoutSpareBits (digits: string, rest: number): string {
  const last = alphabet.indexOf(digits.charAt(digits.length - 1))
  return digits.slice(0, -1) + alphabet.charAt(rest === 2 ? last & ~0b1111 : last & ~0b11)
}
