import { hash } from 'node:crypto'
import type { FeedUpstream } from '#shared/feed.ts'
import type { KeepAliveSettings, TlsSettings, UpstreamProtocol } from '#shared/upstream-options.ts'

/** A variable or secret of the environment, as it is stored, and opened. */
export interface OpenVariable {
  /** Says whether it has changed; `undefined`: there is none. */
  stored: (name: string) => string | undefined
  /** @throws where a secret cannot be opened here */
  open: (name: string) => string | undefined
}

/** How connections to a target are made and kept. */
export interface ConnectionOptions {
  /** Connections of the same key are alike. */
  readonly key: string
  readonly protocol: UpstreamProtocol
  readonly keepAlive: KeepAliveSettings | null
  readonly tls: TlsSettings | null
  /** Looked for when a connection is to be made: keys are not kept in between. */
  readonly openVariable: OpenVariable
}

export function compileConnections (upstream: Pick<FeedUpstream, 'protocol' | 'keepAlive' | 'tls'>, openVariable: OpenVariable): ConnectionOptions {
  const { protocol = 'http/1.1' } = upstream
  const keepAlive = upstream.keepAlive ?? null
  const tls = upstream.tls ?? null
  const isPlain = tls === null && keepAlive === null && protocol === 'http/1.1'
  return { key: isPlain ? '' : digest(protocol, keepAlive, tls, openVariable), protocol, keepAlive, tls, openVariable }
}

/** Whatever changes, what was made before serves what runs on it, and nothing else. */
function digest (protocol: UpstreamProtocol, keepAlive: KeepAliveSettings | null, tls: TlsSettings | null, { stored }: OpenVariable): string {
  const names = tls?.clientCertificate === undefined ? [] : [tls.clientCertificate.certificate, tls.clientCertificate.key]
  return hash('sha256', JSON.stringify([protocol, keepAlive, tls, names.map(name => stored(name) ?? null)]), 'base64url').slice(0, 22)
}
