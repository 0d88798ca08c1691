/** Why an outbound request was not made or not finished. Code that runs functions makes a `TypeError` of it. */
export const egressErrorCodes = [
  'request_invalid', 'address_not_public', 'port_not_allowed', 'name_not_resolved',
  'connect_failed', 'connect_timeout', 'certificate_invalid', 'connection_lost',
  'headers_timeout', 'body_timeout', 'timeout', 'aborted',
  'request_too_large', 'response_too_large', 'response_invalid',
  'too_many_redirects', 'redirect_refused', 'redirect_invalid',
  'too_many_requests', 'unavailable', 'failed'
] as const

export type EgressErrorCode = typeof egressErrorCodes[number]

/** The message is for the author of the function: what she asked for, what happened, and nothing of this machine. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code: EgressErrorCode

  constructor (code: EgressErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export interface ErrorContext {
  /** Host, and port where it is not the scheme's. */
  host: string
  connectTimeoutMs: number
  headersTimeoutMs: number
  idleTimeoutMs: number
  maxHeaderBytes: number
}

/** Puts the error of the HTTP client, of TLS or of the operating system into the function author's words. */
export function toEgressError (error: unknown, context: ErrorContext): EgressError {
  if (error instanceof EgressError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // The parser's errors have a name and no code.
  const [kind, message] = describe(error instanceof Error && error.name === 'HTTPParserError' ? 'HPE' : code, context)
  return new EgressError(kind, message, error)
}

function describe (code: string, context: ErrorContext): [EgressErrorCode, string] {
  const { host } = context
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT': case 'ETIMEDOUT': return ['connect_timeout', `connect to ${host} timed out after ${context.connectTimeoutMs} ms`]
    case 'UND_ERR_HEADERS_TIMEOUT': return ['headers_timeout', `${host} sent no response within ${context.headersTimeoutMs} ms`]
    case 'UND_ERR_BODY_TIMEOUT': return ['body_timeout', `${host} sent nothing for ${context.idleTimeoutMs} ms`]
    case 'UND_ERR_HEADERS_OVERFLOW': return ['response_too_large', `the response headers are larger than ${formatBytes(context.maxHeaderBytes)}`]
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH': return ['request_invalid', 'the request body does not have the length that was announced']
    case 'ECONNREFUSED': return ['connect_failed', `the connection to ${host} was refused`]
    case 'EHOSTUNREACH': case 'ENETUNREACH': case 'EADDRNOTAVAIL': case 'EACCES': case 'EPERM': return ['connect_failed', `${host} cannot be reached`]
    case 'ECONNRESET': case 'EPIPE': case 'ECONNABORTED': case 'UND_ERR_SOCKET': case 'UND_ERR_INFO':
      return ['connection_lost', `${host} closed the connection before the response was complete`]
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH': return ['response_invalid', `the response of ${host} does not have the length that it announced`]
  }
  // The HTTP client takes some things for granted that its parser lets through, such as a status of three digits that is 100 at least.
  if (code.startsWith('HPE') || code === 'ERR_ASSERTION') return ['response_invalid', `the response of ${host} is not valid HTTP`]
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/.test(code)) {
    return ['certificate_invalid', `no secure connection to ${host}: ${code}`]
  }
  return ['failed', `the request to ${host} failed`]
}

/** "10 MB" where it is a whole number of them. */
export function formatBytes (bytes: number): string {
  if (bytes >= 1_000_000 && bytes % 100_000 === 0) return `${bytes / 1_000_000} MB`
  if (bytes >= 1_000 && bytes % 100 === 0) return `${bytes / 1_000} kB`
  return `${bytes} bytes`
}

/** For values that somebody else chose: short, and on one line. */
export function quote (text: string, maxLength = 120): string {
  return JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text)
}
