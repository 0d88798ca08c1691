import type { ProblemCode } from '#shared/errors.ts'
import { EgressError, toEgressError, type EgressErrorCode } from '../egress/errors.ts'
import { maxUpstreamHeaderBytes } from './pools.ts'
import type { UpstreamAddress } from './target.ts'

export interface UpstreamFailure {
  code: Extract<ProblemCode, 'upstream_unreachable' | 'upstream_timeout' | 'upstream_failed'>
  /** For the owner of the gateway: nothing of this machine is in it. */
  reason: string
}

/** All of it took longer than it may. */
export class LateAnswer extends EgressError {
  constructor (totalMs: number) {
    super('timeout', `the whole answer was not there within ${totalMs} ms`)
  }
}

/** What nobody can do anything with. */
export class WrongAnswer extends EgressError {
  constructor (reason: string) {
    super('response_invalid', reason)
  }
}

const unreachable: ReadonlySet<EgressErrorCode> = new Set([
  'request_invalid', 'address_not_public', 'port_not_allowed', 'name_not_resolved', 'connect_failed', 'certificate_invalid'
])
const late: ReadonlySet<EgressErrorCode> = new Set(['connect_timeout', 'headers_timeout', 'body_timeout', 'timeout'])

/** What went wrong, whoever has said so: the HTTP client, TLS, the operating system or the address guard. */
export function describeFailure (error: unknown, { origin, timeouts }: UpstreamAddress): UpstreamFailure {
  const { code, message } = toEgressError(error, {
    host: new URL(origin).host, connectTimeoutMs: timeouts.connectMs, headersTimeoutMs: timeouts.firstByteMs, idleTimeoutMs: timeouts.totalMs, maxHeaderBytes: maxUpstreamHeaderBytes
  })
  return { code: unreachable.has(code) ? 'upstream_unreachable' : late.has(code) ? 'upstream_timeout' : 'upstream_failed', reason: message }
}

/** The connection was lost, which says nothing of the request. */
export function isConnectionLoss (error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET' || error.code === 'EPIPE')
}
