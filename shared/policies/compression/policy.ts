import type { AnswerHead, BodyChange, CompiledPolicy, PolicyModule, PolicyRequest } from '../policy.ts'
import { chooseEncoding } from './accepted.ts'
import { standardEncodings, standardLevels, standardMinBytes, standardTypes, type Encoding } from './defaults.ts'
import { createEncoder, hasRoom } from './encoders.ts'
import type { CompressionSettings } from './schema.ts'

export const compression: PolicyModule<CompressionSettings> = {
  // The last to touch a body: nobody after it could read it.
  priority: -100,
  compile: ({ encodings = standardEncodings, minBytes = standardMinBytes, types = standardTypes, levels = {} }): CompiledPolicy => {
    const encoders = new Map(encodings.map(encoding => [encoding, createEncoder(encoding, levels[encoding] ?? standardLevels[encoding])]))
    const isType = compileTypes(types)
    return { answerBody: (head, request, bytes) => compress({ encodings, encoders, minBytes, isType }, head, request, bytes) }
  }
}

interface Compiled {
  encodings: readonly Encoding[]
  encoders: ReadonlyMap<Encoding, BodyChange>
  minBytes: number
  isType: (type: string) => boolean
}

function compress ({ encodings, encoders, minBytes, isType }: Compiled, head: AnswerHead, { headers }: PolicyRequest, bytes: number | null): BodyChange | null {
  if (head.status === 304) {
    vary(head)
    matchAsked(head, headers['if-none-match'])
    return null
  }
  if (head.status === 204 || head.status === 206 || (bytes !== null && bytes < minBytes)) return null
  const type = head.get('content-type')
  if (type === undefined || !isType(mediaType(type)) || isAsItIs(head)) return null
  vary(head)
  const encoding = chooseEncoding(headers['accept-encoding'], encodings)
  if (encoding === null || !hasRoom()) return null
  head.set('content-encoding', encoding)
  // Parts of what is compressed anew each time do not fit together.
  head.remove('accept-ranges')
  weaken(head)
  return encoders.get(encoding)!
}

/** Encoded already, a part of something, or not to be touched (RFC 9111, section 5.2.2.6). */
function isAsItIs (head: AnswerHead): boolean {
  return head.get('content-encoding') !== undefined || head.get('content-range') !== undefined ||
    /(?:^|,)\s*no-transform\s*(?:,|$)/i.test(head.get('cache-control') ?? '')
}

function vary (head: AnswerHead): void {
  const before = head.get('vary')
  if (before === undefined || before === '') return head.set('vary', 'Accept-Encoding')
  const names = before.toLowerCase().split(',').map(name => name.trim())
  if (!names.includes('accept-encoding') && !names.includes('*')) head.set('vary', `${before}, Accept-Encoding`)
}

/** RFC 9110, section 8.8.1: a strong validator says that every byte is the same. */
function weaken (head: AnswerHead): void {
  const etag = head.get('etag')
  if (etag?.startsWith('"')) head.set('etag', `W/${etag}`)
}

/** The client has what was compressed, under the validator that it had then. */
function matchAsked (head: AnswerHead, asked: string | undefined): void {
  const etag = head.get('etag')
  if (etag !== undefined && asked?.includes(`W/${etag}`)) weaken(head)
}

function mediaType (type: string): string {
  const end = type.indexOf(';')
  return (end === -1 ? type : type.slice(0, end)).trim().toLowerCase()
}

function compileTypes (types: readonly string[]): (type: string) => boolean {
  const exact = new Set(types)
  const ranges = types.filter(type => type.includes('*')).map(type => type.split('*') as [before: string, after: string])
  return type => exact.has(type) || (type !== 'text/event-stream' && ranges.some(([before, after]) => type.startsWith(before) && type.endsWith(after)))
}
