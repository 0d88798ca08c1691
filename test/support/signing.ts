import { createHash, createHmac, sign, type KeyObject } from 'node:crypto'

export interface ToBeSigned {
  method?: string
  authority: string
  path: string
  query?: string
  headers?: Record<string, string>
  body?: string
}

export interface SigningOptions {
  keyId: string
  /** A private key (Ed25519), or a shared secret. */
  key: KeyObject | string
  /** Seconds since the epoch. */
  created: number | null
  components?: string[]
  parameters?: string
}

/** Headers of a signed request, made without anything of the gateway. */
export function signRequest (request: ToBeSigned, { keyId, key, created, components, parameters = '' }: SigningOptions): Record<string, string> {
  const { method = 'GET', authority, path, query = '', headers = {}, body } = request
  const digest = body === undefined ? {} : { 'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:` }
  const values: Record<string, string> = { '@method': method, '@authority': authority, '@path': path, '@query': `?${query}`, ...headers, ...digest }
  const covered = components ?? ['@method', '@authority', '@path', '@query', ...Object.keys(digest)]
  const input = `(${covered.map(name => `"${name}"`).join(' ')})${created === null ? '' : `;created=${created}`};keyid="${keyId}"${parameters}`
  const base = [...covered.map(name => `"${name}": ${values[name]}`), `"@signature-params": ${input}`].join('\n')
  const signature = typeof key === 'string' ? createHmac('sha256', key).update(base).digest('base64') : sign(null, Buffer.from(base), key).toString('base64')
  return { ...headers, ...digest, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` }
}
