import { createSecureContext, type SecureContext } from 'node:tls'
import type { buildConnector } from 'undici'
import type { TlsSettings } from '#shared/upstream-options.ts'
import { createConnector, type ConnectorOptions } from '../egress/connector.ts'
import { EgressError } from '../egress/errors.ts'
import type { OpenVariable } from './connection-options.ts'
import type { UpstreamAddress } from './target.ts'

/** How connections to a target are made. Its keys are opened when the first one is, so that what cannot be opened fails for requests and for nobody else. */
export function createTargetConnector ({ connections: { protocol, tls, openVariable }, timeouts: { connectMs } }: UpstreamAddress, base: Omit<ConnectorOptions, 'timeoutMs'>): buildConnector.connector {
  const options: ConnectorOptions = { ...base, timeoutMs: connectMs, http2: protocol === 'http/1.1' ? 'never' : protocol === 'h2' ? 'only' : 'offered' }
  if (tls === null) return createConnector(options)
  let connect: buildConnector.connector | null = null
  return (target, callback) => {
    try {
      connect ??= createConnector({
        ...options, secureContext: secureContextOf(tls, openVariable, base.ca), verify: tls.verify, ...(tls.serverName !== undefined && { serverName: tls.serverName })
      })
    } catch (error) {
      return process.nextTick(callback, error, null)
    }
    connect(target, callback)
  }
}

/** @throws {EgressError} `certificate_invalid`, in words for the owner of the environment */
function secureContextOf ({ ca, clientCertificate, minVersion }: TlsSettings, { open }: OpenVariable, usualCa: string[] | undefined): SecureContext {
  const trusted = ca ?? usualCa
  const read = (name: string): string => {
    const value = opened(name, open)
    if (value === undefined) throw new EgressError('certificate_invalid', `the client certificate needs ${name}, which the environment does not have`)
    return value
  }
  const own = clientCertificate === undefined ? {} : { cert: read(clientCertificate.certificate), key: read(clientCertificate.key) }
  try {
    return createSecureContext({ minVersion, ...(trusted !== undefined && { ca: trusted }), ...own })
  } catch (cause) {
    // What OpenSSL says may quote what it could not read.
    throw new EgressError('certificate_invalid', 'the client certificate or its key cannot be used', cause)
  }
}

function opened (name: string, open: OpenVariable['open']): string | undefined {
  try {
    return open(name)
  } catch (cause) {
    throw new EgressError('certificate_invalid', `the secret ${name} cannot be opened here`, cause)
  }
}
