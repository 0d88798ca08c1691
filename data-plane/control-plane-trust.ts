import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { ConfigError, type Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'

/** PEM of the authorities that may vouch for the control plane; `null`: the usual ones. @throws {ConfigError} */
export function readControlCa ({ controlCaFile }: Pick<Config, 'controlCaFile'>): string | null {
  if (controlCaFile === null) return null
  try {
    return readFileSync(controlCaFile, 'utf8')
  } catch (error) {
    throw new ConfigError(`IMPRUN_CONTROL_CA cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** Whoever is on the way sees the token, and can put anything in the place of what is served. */
export function warnOfPlainText ({ controlUrl }: Pick<Config, 'controlUrl'>, logger: Pick<Logger, 'warn'>): void {
  if (!isPlainText(controlUrl)) return
  logger.warn({ controlUrl }, 'the control plane is reached over a network without TLS: whoever is on the way can read the data-plane token, and change what is served')
}

export function isPlainText (controlUrl: string): boolean {
  const { protocol, hostname } = new URL(controlUrl)
  if (protocol !== 'http:' || hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return false
  return !(isIP(hostname) === 4 && hostname.startsWith('127.'))
}
