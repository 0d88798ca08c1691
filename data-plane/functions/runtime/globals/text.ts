import { toBase64 } from '@exodus/bytes/base64.js'
import { isomorphicDecode, isomorphicEncode } from '@exodus/bytes/encoding.js'
import { decodeForgiving } from '../base64.ts'
import { domException } from '../errors.ts'
import { requireArguments, toDOMString } from '../webidl.ts'

export { TextDecoder, TextEncoder } from '@exodus/bytes/encoding.js'

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
    const bytes = decodeForgiving(toDOMString(data))
    if (bytes === undefined) throw domException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError')
    return isomorphicDecode(bytes)
  }
}
