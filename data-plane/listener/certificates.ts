import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { DataTlsFiles } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'

/** Certificates with their keys, and who may vouch for clients. */
export interface Certificates {
  /** For a host that a client names; one that no certificate is for gets the first. `null`: there is none, and there never was. */
  contextFor: (host: string) => SecureContext | null
  /** There is something to show. */
  areThere: () => boolean
  /** Why what is in the files now is not used; `null`: it is. */
  trouble: () => string | null
  /** Looks at the files. Whoever asks while that is being done gets the same. */
  renew: () => Promise<void>
  close: () => Promise<void>
}

/** How soon new files are noticed. */
const standardIntervalMs = 5_000

/** Protocols before are out of use (RFC 8996); of TLS 1.2 what encrypts and authenticates at once, with keys of its own for each connection (RFC 9113, section 9.2.2). */
export const protocolOptions = {
  minVersion: 'TLSv1.2',
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305'
} as const satisfies SecureContextOptions

export interface CertificateOptions {
  logger: Logger
  /** With what is for clients that name no host. */
  onRenewed: (standard: SecureContextOptions) => void
  intervalMs?: number
}

interface Pair {
  leaf: X509Certificate
  context: SecureContext
}

/**
 * Reads the files now and whenever they are written anew, for connections that are made from then on. What cannot be used is not: the certificates before stay,
 * all of them, because half of new files and half of old ones was nobody's intention.
 */
export function openCertificates (files: DataTlsFiles, { logger, onRenewed, intervalMs = standardIntervalMs }: CertificateOptions): Certificates {
  let pairs: Pair[] = []
  let current: string | null = null
  let trouble: string | null = null
  let look: Promise<void> | null = null

  const read = async (): Promise<void> => {
    const found = await readFiles(files)
    const text = JSON.stringify(found)
    if (text === current) return
    const options = found.pairs.map((pair): SecureContextOptions => ({ ...protocolOptions, ...pair, ...(found.clientCa !== null && { ca: found.clientCa }) }))
    pairs = found.pairs.map(({ cert }, index) => ({ leaf: new X509Certificate(cert), context: createSecureContext(options[index]) }))
    onRenewed(options[0]!)
    if (current !== null) logger.info('the certificates have been renewed')
    current = text
  }
  const tryToRead = async (): Promise<void> => {
    try {
      await read()
      trouble = null
    } catch (error) {
      // What OpenSSL says names no part of the key.
      const { message } = error as Error
      if (trouble !== message) logger.error({ err: error }, current === null ? 'the certificates cannot be used' : 'the certificates cannot be renewed; those before stay')
      trouble = message
    }
  }
  const renew = async (): Promise<void> => await (look ??= tryToRead().finally(() => { look = null }))
  const timer = setInterval(() => void renew(), intervalMs).unref()
  return {
    contextFor: host => (pairs.find(({ leaf }) => leaf.checkHost(host) !== undefined) ?? pairs[0])?.context ?? null,
    areThere: () => pairs.length > 0,
    trouble: () => trouble,
    renew,
    close: async () => {
      clearInterval(timer)
      await look
    }
  }
}

async function readFiles ({ pairs, clientCaFile }: DataTlsFiles): Promise<{ pairs: Array<{ cert: string, key: string }>, clientCa: string | null }> {
  return {
    pairs: await Promise.all(pairs.map(async ({ certFile, keyFile }) => ({ cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') }))),
    clientCa: clientCaFile === null ? null : await readFile(clientCaFile, 'utf8')
  }
}
