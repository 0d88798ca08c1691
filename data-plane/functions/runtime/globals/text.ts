import { fromBase64, toBase64 } from '@exodus/bytes/base64.js'
import { isomorphicDecode, isomorphicEncode } from '@exodus/bytes/encoding.js'
import { domException } from '../errors.ts'
import { requireArguments, toDOMString } from '../webidl.ts'

export { TextDecoder, TextEncoder } from '@exodus/bytes/encoding.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Methods, as those of the global object are: no constructors, and named whatever the bundler makes of a variable. */
export const { atob, btoa } = {
  /** HTML, section 8.3. Text where each character is a byte, to base64. */
  btoa (this: void, data: unknown): string {
    requireArguments('btoa', arguments.length, 1)
    const text = toDOMString(data)
    if (/[\u0100-\uffff]/.test(text)) {
      throw domException('The string to be encoded contains characters outside of the Latin1 range.', 'InvalidCharacterError')
    }
    return toBase64(isomorphicEncode(text))
  },

  /** HTML, section 8.3: Infra's forgiving-base64 decode, to text where each character is a byte. */
  atob (this: void, data: unknown): string {
    requireArguments('atob', arguments.length, 1)
    let text = toDOMString(data).replace(/[\t\n\f\r ]+/g, '')
    if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '')
    const rest = text.length % 4
    if (rest === 1 || /[^A-Za-z0-9+/]/.test(text)) {
      throw domException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError')
    }
    return isomorphicDecode(fromBase64(rest === 0 ? text : withoutSpareBits(text, rest)))
  }
}

/** The bits of the last character that make no byte are ignored by forgiving-base64 and refused by the decoder. */
function withoutSpareBits (text: string, rest: number): string {
  const last = alphabet.indexOf(text.at(-1) as string)
  return text.slice(0, -1) + alphabet.charAt(rest === 2 ? last & ~0b1111 : last & ~0b11)
}
