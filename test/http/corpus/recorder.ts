import { EventEmitter, once } from 'node:events'
import type { Test } from 'tap'
import { startRawTarget } from '../../support/upstream.ts'

/** One request as its bytes came to an upstream. */
export interface RecordedRequest {
  method: string
  /** As in the request line. */
  target: string
  /** Names in lower case. */
  fields: Array<[name: string, value: string]>
  /** Its body has come to its end. */
  isWhole: boolean
}

/** An upstream that reads nothing but bytes, as strictly as RFC 9112 lets it, and keeps each request that they are. */
export interface Recorder {
  origin: string
  requests: RecordedRequest[]
  /** Bytes that are no request. */
  faults: string[]
  /** Emits `change` at every step, also when a connection is closed. */
  events: EventEmitter
  /** Looks now, and at each step again. */
  until: (isSo: () => boolean) => Promise<void>
}

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

export async function startRecorder (t: Test): Promise<Recorder> {
  const events = new EventEmitter()
  const requests: RecordedRequest[] = []
  const faults: string[] = []
  const origin = await startRawTarget(t, socket => {
    let bytes = ''
    let current: { request: RecordedRequest, left: number } | null = null
    const read = (): boolean => {
      if (current === null) {
        const end = bytes.indexOf('\r\n\r\n')
        if (end === -1) return false
        const request = parseHead(bytes.slice(0, end))
        if (request === null) {
          faults.push(bytes)
          socket.destroy()
          return false
        }
        bytes = bytes.slice(end + 4)
        requests.push(request)
        current = { request, left: lengthOf(request) }
      }
      const used = current.left === chunkedLength ? endOfChunks(bytes) : bytes.length >= current.left ? current.left : null
      if (used === null) return false
      bytes = bytes.slice(used)
      current.request.isWhole = true
      current = null
      socket.write(answer)
      return true
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      bytes += chunk
      while (read());
      events.emit('change')
    })
    socket.on('close', () => {
      if (current === null && bytes !== '') faults.push(bytes)
      events.emit('change')
    })
  })
  const until = async (isSo: () => boolean): Promise<void> => { while (!isSo()) await once(events, 'change') }
  return { origin, requests, faults, events, until }
}

const line = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.1$/
const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/
const chunkedLength = -1

function parseHead (text: string): RecordedRequest | null {
  const [first = '', ...rest] = text.split('\r\n')
  const [, method, target] = line.exec(first) ?? []
  const fields = rest.map(each => field.exec(each))
  if (method === undefined || target === undefined || !fields.every(match => match !== null)) return null
  return { method, target, fields: fields.map(([, name, value]) => [name!.toLowerCase(), value!]), isWhole: false }
}

/** Of the body; a request that has both ways to say it, or one twice, is none. */
function lengthOf ({ fields }: RecordedRequest): number {
  const lengths = fields.filter(([name]) => name === 'content-length')
  const codings = fields.filter(([name]) => name === 'transfer-encoding')
  if (lengths.length + codings.length > 1) throw new Error(`framed in several ways: ${JSON.stringify(fields)}`)
  if (codings.length === 1) {
    if (codings[0]![1] !== 'chunked') throw new Error(`framed by ${codings[0]![1]}`)
    return chunkedLength
  }
  return Number(lengths[0]?.[1] ?? 0)
}

/** Where they end, trailers included. `null`: not yet. */
function endOfChunks (bytes: string): number | null {
  const match = /^(?:([1-9a-f][0-9a-f]*)\r\n)/.exec(bytes)
  if (match !== null) {
    const end = match[0].length + Number.parseInt(match[1]!, 16) + 2
    const rest = bytes.length < end ? null : endOfChunks(bytes.slice(end))
    return rest === null ? null : end + rest
  }
  return bytes.startsWith('0\r\n\r\n') ? 5 : null
}
