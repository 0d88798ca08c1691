import { createHmac, hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { encodeBase62, randomBase62 } from './base62.ts'

/**
 * API keys: `imp_<env>_<32 base62>_<6 base62: CRC-32 of all before the last underscore>`.
 * A double-click selects it whole, a secret scanner finds it, the checksum rejects junk before any look-up.
 * The random part has 190 bits, so a fast hash is enough for storage.
 */
export interface ApiKey {
  environment: string
  last4: string
}

const pattern = /^imp_([a-z](?:-?[a-z0-9]){0,19})_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/
/** `imp_` + 20 + `_` + 32 + `_` + 6. */
const maxLength = 64

export function createApiKey (environment: string): string {
  const body = `imp_${environment}_${randomBase62(32)}`
  return `${body}_${checksum(body)}`
}

/** `null` for anything that was never a key: wrong shape or wrong checksum. */
export function parseApiKey (text: string): ApiKey | null {
  if (text.length > maxLength) return null
  const match = pattern.exec(text)
  if (match === null) return null
  const end = text.length - 7
  if (checksum(text.slice(0, end)) !== text.slice(end + 1)) return null
  return { environment: match[1]!, last4: text.slice(-4) }
}

/**
 * What is stored and looked up: SHA-256 of the key, or HMAC-SHA-256 where the operator has set a pepper; hexadecimal, 64 characters.
 */
export function hashApiKey (text: string, pepper: string | null): string {
  return pepper === null ? hash('sha256', text, 'hex') : createHmac('sha256', pepper).update(text).digest('hex')
}

function checksum (body: string): string {
  return encodeBase62(crc32(body), 6)
}
