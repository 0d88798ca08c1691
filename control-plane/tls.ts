import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { RequestListener, ServerOptions } from 'node:http'
import { createSecureContext } from 'node:tls'
import { ConfigError, type Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'

/** PEM. */
export interface Certificate { cert: string, key: string }

export type TlsFiles = NonNullable<Config['tls']>

/** Protocols before are out of use (RFC 8996). */
const minVersion = 'TLSv1.2'
/** Until then a connection is nobody's. */
const handshakeTimeout = 10_000

/** @throws {ConfigError} where the two are not there, or do not belong together */
export async function readCertificate ({ certFile, keyFile }: TlsFiles): Promise<Certificate> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    createSecureContext({ cert, key })
    return { cert, key }
  } catch (error) {
    // What OpenSSL says names no part of the key.
    throw new ConfigError(`IMPRUN_TLS_CERT and IMPRUN_TLS_KEY cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

export function createTlsServer (certificate: Certificate, options: ServerOptions, handler: RequestListener): Server {
  return createServer({ ...certificate, ...options, minVersion, handshakeTimeout, ALPNProtocols: ['http/1.1'] }, handler)
}

/**
 * Looks every so often whether the files have been written anew, and uses what they hold for connections that are made from then on. What
 * cannot be used is not: the certificate before stays.
 */
export function watchCertificate (server: Pick<Server, 'setSecureContext'>, files: TlsFiles, options: { current: Certificate, logger: Logger, intervalMs?: number }): { close: () => Promise<void> } {
  const { logger, intervalMs = 5_000 } = options
  let { current } = options
  let isWrong = false
  let look = Promise.resolve()
  const renew = async (): Promise<void> => {
    try {
      const found = await readCertificate(files)
      isWrong = false
      if (found.cert === current.cert && found.key === current.key) return
      server.setSecureContext({ ...found, minVersion })
      current = found
      logger.info('the certificate has been renewed')
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      // Between the writing of one file and of the other, they do not belong together.
      if (!isWrong) logger.warn({ err: error }, 'the certificate cannot be renewed; the one before stays')
      isWrong = true
    }
  }
  const timer = setInterval(() => { look = look.then(renew) }, intervalMs).unref()
  return {
    close: async () => {
      clearInterval(timer)
      await look
    }
  }
}
