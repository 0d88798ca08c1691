import { readFileSync } from 'node:fs'
import type { Config } from '#shared/config.ts'
import { createSecretBox, parseSecretKeys, SecretError, secretKeyFile } from '#shared/secret-box.ts'

/** @throws {SecretError} where it cannot be opened here */
export type OpenSecret = (sealed: string, place: string) => string

/**
 * The keys are the setting, or what the control plane has left in a data directory that both use. That file is looked at each time:
 * secrets are opened seldom, and a data plane that was started first, or before a key was changed, finds the right keys by itself.
 */
export function createSecretOpener ({ secretKeys, dataDir }: Pick<Config, 'secretKeys' | 'dataDir'>): OpenSecret {
  if (secretKeys !== null) return createSecretBox(secretKeys).open
  const file = secretKeyFile(dataDir)
  return (sealed, place) => createSecretBox(readKeys(file)).open(sealed, place)
}

/** Of the installation, as they are now. @throws {SecretError} where there are none */
export function readSecretKeys ({ secretKeys, dataDir }: Pick<Config, 'secretKeys' | 'dataDir'>): string[] {
  return secretKeys ?? readKeys(secretKeyFile(dataDir))
}

function readKeys (file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SecretError(`IMPRUN_SECRET_KEY is not set, and ${file} cannot be read`, { cause })
  }
  const keys = parseSecretKeys(text)
  if (keys === null) throw new SecretError(`${file} does not hold keys of 32 bytes in base64url`)
  return keys
}
