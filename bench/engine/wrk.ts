import type { Peer } from '../peers/peer.ts'
import type { Sample } from '../report.ts'
import { evenly } from './verify.ts'

/** What the load generator has counted. */
export interface Load extends Omit<Sample, 'cpuMicros'> {
  /** Answered in all. */
  requests: number
}

/** Of prepared requests, which the interpreter keeps: what has large bodies is sent for fewer of its headers. */
const maxPreparedBytes = 64 * 2 ** 20
/** More than wrk has sent to anyone in a second: what is prepared lasts for a round. */
const maxPerSecond = 100_000

/**
 * What is sent in so many seconds, from the first of its headers on or from where the round before has ended: of many clients each round meets others.
 * @param sent how many requests went before
 */
export function headersOfRound <Headers> ({ headers, body = '' }: { headers: readonly Headers[], body?: string }, sent: number, seconds: number): Headers[] {
  const some = body === '' ? headers : evenly(headers, Math.max(2, Math.floor(maxPreparedBytes / Buffer.byteLength(body))))
  const begin = sent % some.length
  return [...some.slice(begin), ...some.slice(0, begin)].slice(0, maxPerSecond * seconds)
}

/** Heads of requests, each ended by the byte that none can contain. @throws {TypeError} for what would be two headers, or two requests */
export function requestHeads ({ url, method = 'GET', body }: Pick<Peer, 'url' | 'method' | 'body'>, headers: Peer['headers']): string {
  const { host, pathname, search } = new URL(url)
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return headers.map(each => {
    const lines = Object.entries({ host, ...each, ...length }).map(([name, value]) => `${name}: ${value}`)
    if (lines.some(line => /[\0\r\n]/.test(line))) throw new TypeError(`No header is like ${JSON.stringify(each)}`)
    return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n\0`
  }).join('')
}

/**
 * A script for wrk that sends one prepared request after the other, all with the same body; preparing them keeps the interpreter out of the measurement, and a file
 * of them the limit of its compiler, which takes no more than 65,536 constants.
 */
export function luaScript (headsFile: string, bodyFile: string): string {
  return `local function read (path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

local requests = {}
local count = 0
local next = 0

init = function ()
  local body = read(${luaText(bodyFile)})
  for head in read(${luaText(headsFile)}):gmatch('[^%z]+') do
    count = count + 1
    requests[count] = head .. body
  end
end

request = function ()
  next = next % count + 1
  return requests[next]
end
`
}

/** Every byte but letters and digits as a decimal escape: nothing can end the string. */
function luaText (text: string): string {
  return `'${Buffer.from(text).toString('latin1').replaceAll(/[^A-Za-z0-9]/g, byte => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`)}'`
}

/** What `wrk --latency` prints. @throws {Error} where it is not that */
export function parseWrk (output: string): Load {
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(output)
  const total = /^\s*(\d+) requests in /m.exec(output)
  if (rate === null || total === null) throw new Error(`This is not the output of wrk:\n${output}`)
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(output)
  return {
    requests: Number(total[1]),
    requestsPerSecond: Number(rate[1]),
    p50Ms: latency(output, 50),
    p99Ms: latency(output, 99),
    failures: sum([...sockets?.slice(1) ?? [], refused?.[1] ?? '0'])
  }
}

const milliseconds = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

function latency (output: string, percent: number): number | null {
  const match = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m|h)$`, 'm').exec(output)
  return match === null ? null : Number(match[1]) * milliseconds[match[2] as keyof typeof milliseconds]
}

function sum (texts: string[]): number {
  return texts.reduce((total, text) => total + Number(text), 0)
}
