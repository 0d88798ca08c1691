import { bodyKinds, maxHeadersUnits } from './body-kinds.ts'
import { FrameError } from './frames.ts'
import { sizedText } from './messages.ts'
import type { FunctionResult } from './runner.ts'

/** An answer that streams has `isStream`, and its body follows. */
export interface BufferedResult extends FunctionResult {
  body: string | Buffer | null
  isStream?: true
}

/** A payload that is no result, said in words for the function's owner. */
export interface InvalidResult { invalid: string }

const jsonHeaders: FunctionResult['headers'] = [['content-type', 'application/json']]
const textHeaders: FunctionResult['headers'] = [['content-type', 'text/plain; charset=utf-8']]
const bytesHeaders: FunctionResult['headers'] = [['content-type', 'application/octet-stream']]

/** A short body is a string, which leaves in one write with the head; a long one stays where it is in memory. */
const maxStringBytes = 16 * 1024
const maxHeaders = 100

/**
 * Reads the payload of a RESULT frame. The sandbox is not trusted: this decides what may go out to a client.
 * @throws {FrameError} for a payload that no sandbox in its right mind sends
 */
export function readResult (payload: Buffer): BufferedResult | InvalidResult {
  if (payload.length < 3) throw new FrameError('A result is cut off')
  const status = payload.readUInt16BE(0)
  if (status < 200 || status > 599) return { invalid: `A response cannot have the status ${status}.` }
  switch (payload[2]!) {
    case bodyKinds.none: return { status, headers: [], body: null }
    case bodyKinds.json: return { status, headers: jsonHeaders.slice(), body: readText(payload) }
    case bodyKinds.text: return { status, headers: textHeaders.slice(), body: readText(payload) }
    case bodyKinds.bytes: return { status, headers: bytesHeaders.slice(), body: payload.subarray(3) }
    case bodyKinds.custom: return readCustom(payload, status)
    case bodyKinds.stream: {
      const result = readCustom(payload, status)
      return 'invalid' in result ? result : { ...result, isStream: true }
    }
    default: throw new FrameError('A result has an unknown kind of body')
  }
}

function readCustom (payload: Buffer, status: number): BufferedResult | InvalidResult {
  const [text, bodyAt] = sizedText(payload, 3)
  if (text.length > maxHeadersUnits) return { invalid: `The response's headers are larger than ${maxHeadersUnits} characters.` }
  const headers = readHeaders(text)
  if (!Array.isArray(headers)) return headers
  // RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5: these have no content.
  const hasBody = status !== 204 && status !== 205 && status !== 304
  return { status, headers, body: hasBody ? payload.subarray(bodyAt) : null }
}

function readText (payload: Buffer): string | Buffer {
  return payload.length <= maxStringBytes ? payload.toString('utf8', 3) : payload.subarray(3)
}

function readHeaders (text: string): FunctionResult['headers'] | InvalidResult {
  const list = parseList(text)
  if (list === null) return { invalid: 'The response\'s headers are no list of names and values.' }
  if (list.length > maxHeaders) return { invalid: `The response has more than ${maxHeaders} headers.` }
  const headers: FunctionResult['headers'] = []
  for (const pair of list) {
    const [name, value] = (Array.isArray(pair) ? pair : []) as unknown[]
    if (typeof name !== 'string' || typeof value !== 'string') return { invalid: 'A header of the response is no text.' }
    // The name in the message would be as hostile as the header: it is JSON there.
    if (!headerName.test(name)) return { invalid: `${JSON.stringify(name.slice(0, 100))} cannot be the name of a header.` }
    if (!headerValue.test(value)) return { invalid: `The header "${name}" has a value with characters that a header cannot carry.` }
    const lowerCase = name.toLowerCase()
    if (!ownHeaders.has(lowerCase)) headers.push([lowerCase, value])
  }
  return headers
}

function parseList (text: string): unknown[] | null {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : null
  } catch {
    return null
  }
}

/** RFC 9110, sections 5.1 and 5.5. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Fields of one connection (RFC 9110, section 7.6.1) and of the message's length: the edge decides those. */
const ownHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length'])
