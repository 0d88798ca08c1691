import { deserialize, serialize, type Long } from 'bson'

/** A BSON document with its types kept (Int32, Long, Double …): what passes through must come out as it went in. */
export type Fields = Record<string, unknown>

/** A request, whichever of the two forms it came in. */
export interface Request {
  id: number
  /** The legacy form, which drivers use for their first hello only. */
  legacy: boolean
  /** The client wants no answer (write concern 0). */
  noAnswer: boolean
  body: Fields
}

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const CHECKSUM_PRESENT = 1
const MORE_TO_COME = 2
const HEADER_BYTES = 16
export const MAX_MESSAGE_BYTES = 48_000_000

/** Takes whole messages out of what came. @throws {Error} when it is not the protocol: there is no going on after that */
export function takeMessages (received: Buffer): { messages: Buffer[], rest: Buffer } {
  const messages: Buffer[] = []
  let rest = received
  while (rest.length >= 4) {
    const length = rest.readInt32LE(0)
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new Error(`A message of ${length} bytes`)
    if (rest.length < length) break
    messages.push(rest.subarray(0, length))
    rest = rest.subarray(length)
  }
  return { messages, rest }
}

export function parseRequest (message: Buffer): Request {
  const id = message.readInt32LE(4)
  const code = message.readInt32LE(12)
  if (code === OP_QUERY) {
    const collectionEnd = message.indexOf(0, HEADER_BYTES + 4)
    return { id, legacy: true, noAnswer: false, body: parseDocument(message.subarray(collectionEnd + 9)) }
  }
  if (code !== OP_MSG) throw new Error(`An operation ${code}`)
  const flags = message.readUInt32LE(HEADER_BYTES)
  const end = message.length - ((flags & CHECKSUM_PRESENT) === 0 ? 0 : 4)
  return { id, legacy: false, noAnswer: (flags & MORE_TO_COME) !== 0, body: parseSections(message.subarray(HEADER_BYTES + 4, end)) }
}

/** @param reply one BSON document */
export function encodeReply (request: Request, reply: Uint8Array): Buffer {
  const prefix = Buffer.alloc(HEADER_BYTES + (request.legacy ? 20 : 5))
  prefix.writeInt32LE(prefix.length + reply.length, 0)
  prefix.writeInt32LE(request.id, 8)
  prefix.writeInt32LE(request.legacy ? OP_REPLY : OP_MSG, 12)
  if (request.legacy) prefix.writeInt32LE(1, 32)
  return Buffer.concat([prefix, reply])
}

export function parseDocument (bytes: Uint8Array): Fields {
  return deserialize(bytes, { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true, allowObjectSmallerThanBufferSize: true })
}

export function encodeDocument (fields: Fields): Buffer {
  return Buffer.from(serialize(fields, { ignoreUndefined: true }))
}

/** The value of a number of any BSON type, `undefined` of anything else. */
export function number (value: unknown): number | undefined {
  const plain: unknown = typeof value === 'object' && value !== null && '_bsontype' in value ? Number(value) : value
  return typeof plain === 'number' && !Number.isNaN(plain) ? plain : undefined
}

/** Of a Long, as which sessions count. @throws {SyntaxError} when it is no integer */
export function integer (value: unknown): bigint {
  return BigInt((value as Long).toString())
}

/** One section with the command and any number of sequences, each to be an array in the command. */
function parseSections (bytes: Buffer): Fields {
  let body: Fields = {}
  const sequences: Fields = {}
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!
    const length = bytes.readInt32LE(at + 1)
    const section = bytes.subarray(at + 1, at + 1 + length)
    if (kind === 0) body = parseDocument(section)
    else if (kind === 1) sequences[section.toString('utf8', 4, section.indexOf(0, 4))] = parseSequence(section)
    else throw new Error(`A section of kind ${kind}`)
    at += 1 + length
  }
  return { ...body, ...sequences }
}

function parseSequence (section: Buffer): Fields[] {
  const documents: Fields[] = []
  for (let at = section.indexOf(0, 4) + 1; at < section.length;) {
    const length = section.readInt32LE(at)
    documents.push(parseDocument(section.subarray(at, at + length)))
    at += length
  }
  return documents
}
