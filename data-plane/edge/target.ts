import type { IncomingMessage } from 'node:http'

/**
 * What a request is aimed at, as its bytes say: Node's parser lets through two Host headers, a target that disagrees with Host, dot
 * segments and Transfer-Encoding on HTTP/1.0, so what they mean is decided here, once.
 */
export interface Target {
  /** As the client sent it, port included; `null`: none was sent, or more than one. */
  authority: string | null
  /** As sent: nothing is decoded, merged or resolved. */
  path: string
  /** Raw, without its question mark. */
  query: string
}

/** RFC 9112, section 3.2.2: what a client sends to a proxy, and what a server must understand too. */
const absoluteForm = /^https?:\/\/([^/?#]*)([^]*)$/i

/**
 * RFC 9112, section 3.2.2: the authority of an absolute-form target is used instead of Host. Where the two disagree the target wins,
 * as the section demands; two Host headers are refused in any case (section 3.2).
 * @param url the request target
 * @param rawHeaders names and values in turn, as Node has them
 */
export function readTarget (url: string, rawHeaders: readonly string[]): Target {
  const host = readHost(rawHeaders)
  if (url.charCodeAt(0) === slash) return split(host, url)
  const absolute = absoluteForm.exec(url)
  if (absolute === null) return split(host, url)
  const rest = absolute[2]!
  return split(host === null ? null : absolute[1]!, rest.charCodeAt(0) === slash ? rest : `/${rest}`)
}

/** Fields of one request. Each is looked at on its way, so that their number is work. */
export const maxHeaders = 100

/** What Node's parser lets through, and nobody can be sure where it ends; the connection must not be used again. */
export function framingFault (request: IncomingMessage): string | null {
  const { httpVersionMajor, httpVersionMinor, headers } = request
  // What came as frames has no framing of HTTP/1; what only says so in its request line has.
  if (httpVersionMajor !== 1) return 'stream' in request ? null : 'Only HTTP/1.1 and HTTP/1.0 are spoken here.'
  // RFC 9112, section 6.1: the framing of such a message is faulty, whatever its parser made of it.
  if (httpVersionMinor === 0 && headers['transfer-encoding'] !== undefined) return 'HTTP/1.0 has no Transfer-Encoding.'
  return null
}

/** The only Host header, or `null` for none or several. */
function readHost (rawHeaders: readonly string[]): string | null {
  let host: string | null = null
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length !== 4 || (name !== 'Host' && name !== 'host' && name.toLowerCase() !== 'host')) continue
    if (host !== null) return null
    host = rawHeaders[i + 1]!
  }
  return host
}

function split (authority: string | null, target: string): Target {
  const question = target.indexOf('?')
  return question === -1
    ? { authority, path: target, query: '' }
    : { authority, path: target.slice(0, question), query: target.slice(question + 1) }
}

const slash = 47
