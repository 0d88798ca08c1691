import { webidl } from 'undici/lib/web/webidl/index.js'
import type { FormData } from 'undici/lib/web/fetch/formdata.js'
import { copyBytes } from '../byte-sequences.ts'
import { scope } from '../scope.ts'
import { Body } from './body.ts'
import { fromIterable, isDisturbed, isReadableStream } from './body-streams.ts'
import { EncodedText } from './encoded-text.ts'
import { encodeMultipart, makeBoundary } from './multipart.ts'

/**
 * Fetch, section 5.2, "extract a body".
 * @returns the body and its content type, `null` where it has none of its own
 */
export function extractBody (object: unknown): [body: Body, type: string | null] {
  if (typeof object === 'string') return [new Body(object), 'text/plain;charset=UTF-8']
  if (object instanceof EncodedText) return [new Body(object.text), null]
  if (isReadableStream(object)) {
    if (isDisturbed(object) || object.locked) throw new TypeError('The stream of the body is locked or was read before')
    return [new Body(object), null]
  }
  if (webidl.is.Blob(object)) {
    const { bytesOfBlob } = scope.use('blob')
    return [new Body(bytesOfBlob(object) ?? new Uint8Array(0)), (object as Blob).type || null]
  }
  if (webidl.is.URLSearchParams(object)) {
    return [new Body(String(object)), 'application/x-www-form-urlencoded;charset=UTF-8']
  }
  if (webidl.is.FormData(object)) {
    const boundary = makeBoundary()
    return [new Body(encodeMultipart(object as FormData, boundary)), `multipart/form-data; boundary=${boundary}`]
  }
  if (webidl.is.BufferSource(object)) return [new Body(copyBytes(object as ArrayBuffer)), null]
  return [new Body(fromIterable(object as AsyncIterable<unknown>)), null]
}
