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

/** A script for wrk that sends one prepared request after the other; preparing them keeps the interpreter out of the measurement. */
export function luaScript ({ method = 'GET', headers, body }: Pick<Peer, 'method' | 'headers' | 'body'>): string {
  const sent = body === undefined ? headers : evenly(headers, Math.max(2, Math.floor(maxPreparedBytes / Buffer.byteLength(body))))
  const sets = sent.map(each => `  {${Object.entries(each).map(([name, value]) => `[${luaText(fieldName(name))}] = ${luaText(value)}`).join(', ')}}`)
  return `local sets = {
${sets.join(',\n')}
}
local body = ${body === undefined ? 'nil' : luaText(body)}
local requests = {}
local next = 0

init = function ()
  for i, headers in ipairs(sets) do requests[i] = wrk.format(${luaText(method)}, nil, headers, body) end
end

request = function ()
  next = next % #requests + 1
  return requests[next]
end
`
}

/** wrk adds a Host of its own unless it finds exactly this spelling. */
function fieldName (name: string): string {
  return name.toLowerCase() === 'host' ? 'Host' : name
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
