import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import path from 'node:path'

/**
 * Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each sealing.
 * What is sealed is bound to its place by additional data, so that a value moved elsewhere in the store does not open there.
 *
 * Sealed text: `v1.<id of the key>.<nonce>.<ciphertext and tag>`, base64url. The first key seals; every key opens, so that keys can be
 * rotated: put the new one in front, start, let everything be sealed again, take the old one away.
 */
export interface SecretBox {
  seal: (plaintext: string, place: string) => string
  /** @throws {SecretError} where no key fits, or the text or its place is not the one that was sealed */
  open: (sealed: string, place: string) => string
  /** true: sealed with another key than the one that seals now. */
  isStale: (sealed: string) => boolean
}

export class SecretError extends Error {
  override readonly name = 'SecretError'
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** 256 bits as base64url. */
export function createSecretKey (): string {
  return randomBytes(keyBytes).toString('base64url')
}

/** Keys separated by commas or white space, as settings and key files hold them. `null`: something there is none, or there are none. */
export function parseSecretKeys (text: string): string[] | null {
  const keys = text.split(/[\s,]+/).filter(part => part !== '')
  return keys.length > 0 && keys.every(key => /^[A-Za-z0-9_-]{43}$/.test(key)) ? keys : null
}

/** Where the control plane keeps the keys that it was not given; a data plane on the same data directory finds them there. */
export function secretKeyFile (dataDir: string): string {
  return path.join(dataDir, 'secret-key')
}

/** Where a secret stands, which is what it is bound to. */
export function secretPlace ({ gatewayId, environment }: { gatewayId: string, environment: string }, name: string): string {
  return `${gatewayId}/${environment}/${name}`
}

/** @param keys base64url, 32 bytes each; at least one */
export function createSecretBox (keys: readonly string[]): SecretBox {
  const byId = new Map(keys.map(text => {
    const key = Buffer.from(text, 'base64url')
    if (key.length !== keyBytes) throw new SecretError(`a secret key must be ${keyBytes} bytes in base64url; one has ${key.length}`)
    return [hash('sha256', key, 'hex').slice(0, 8), key] as const
  }))
  const [current] = byId
  if (current === undefined) throw new SecretError('a secret key is needed')
  const [currentId, currentKey] = current

  return {
    seal: (plaintext, place) => {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(place))
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${currentId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },
    open: (sealed, place) => {
      const [version, keyId = '', nonce = '', body = ''] = sealed.split('.')
      const key = byId.get(keyId)
      if (version !== 'v1' || key === undefined) throw new SecretError('no key here opens this secret')
      const bytes = Buffer.from(body, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: tagBytes })
          .setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tagBytes))
        return decipher.update(bytes.subarray(0, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new SecretError('the secret has been altered or moved', { cause })
      }
    },
    isStale: sealed => sealed.split('.')[1] !== currentId
  }
}
