import { isIP } from 'node:net'
import path from 'node:path'
import { environmentNamePattern } from './names.ts'
import { parseSecretKeys } from './secret-box.ts'

/** A setting that cannot be used: which one, and what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Env = NodeJS.ProcessEnv

export function port (env: Env, name: string, fallback: number): number {
  return integer(env, name, fallback, 0, 65535)
}

export function count (env: Env, name: string, fallback: number): number {
  return integer(env, name, fallback, 1, 256)
}

export function integer (env: Env, name: string, fallback: number, min: number, max: number): number {
  const text = env[name]
  if (!text) return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`)
  return value
}

export function tlsFiles (env: Env, certName: string, keyName: string): { certFile: string, keyFile: string } | null {
  const [cert, key] = [env[certName], env[keyName]]
  if (!cert && !key) return null
  if (!cert || !key) throw new ConfigError(`${certName} and ${keyName} must be set together`)
  return { certFile: path.resolve(cert), keyFile: path.resolve(key) }
}

export function dataTlsFiles (env: Env, certName: string, keyName: string, caName: string): { pairs: Array<{ certFile: string, keyFile: string }>, clientCaFile: string | null } | null {
  const [certs, keys, ca] = [env[certName], env[keyName], env[caName]]
  if (!certs && !keys && !ca) return null
  const [certFiles, keyFiles] = [certs?.split(',') ?? [], keys?.split(',') ?? []]
  if (certFiles.length !== keyFiles.length || certFiles.length === 0 || [...certFiles, ...keyFiles].includes('')) throw new ConfigError(`${certName} and ${keyName} must be set together, with as many files each, separated by commas`)
  return { pairs: certFiles.map((file, index) => ({ certFile: path.resolve(file), keyFile: path.resolve(keyFiles[index]!) })), clientCaFile: ca ? path.resolve(ca) : null }
}

export function token (env: Env, name: string): string | null {
  const text = env[name]
  if (!text) return null
  if (!/^[\x21-\x7e]{16,512}$/.test(text)) throw new ConfigError(`${name} must have 16 to 512 visible ASCII characters`)
  return text
}

/** Unlike other lists, nothing of a wrong one is quoted. */
export function secretKeys (env: Env, name: string): string[] | null {
  const text = env[name]
  if (!text) return null
  const keys = parseSecretKeys(text)
  if (keys === null) throw new ConfigError(`${name} must be one or more keys of 32 bytes in base64url, separated by commas`)
  return keys
}

export function url (env: Env, name: string, fallback: string): string {
  const text = env[name]
  if (!text) return fallback
  const parsed = URL.parse(text)
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) throw new ConfigError(`${name} must be an http or https URL, not "${text}"`)
  return text.replace(/\/+$/, '')
}

/** It may hold a password, so nothing of a wrong one is quoted. */
export function redisUrl (env: Env, name: string): string | null {
  const text = env[name]
  if (!text) return null
  const parsed = URL.parse(text)
  const isValid = parsed !== null && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '' && /^\/?\d{0,5}$/.test(parsed.pathname) &&
    parsed.search === '' && parsed.hash === '' && [parsed.username, parsed.password].every(isPercentEncoded)
  if (!isValid) throw new ConfigError(`${name} must look like redis://user:password@host:6379/0, or rediss:// for TLS`)
  return text
}

function isPercentEncoded (text: string): boolean {
  return /^(?:[^%]|%[0-9A-Fa-f]{2})*$/.test(text)
}

/** What is in a URL is shown in logs and errors: no place for a password. */
export function registry (env: Env, name: string): string | null {
  if (!env[name]) return null
  const text = url(env, name, '')
  const { username, password, search, hash } = new URL(text)
  if ([username, password, search, hash].some(part => part !== '')) throw new ConfigError(`${name} must be a URL of host and path alone`)
  return text
}

export function subset (env: Env, names: string[]): Record<string, string> | null {
  const set = names.flatMap(name => env[name] ? [[name, env[name]] as const] : [])
  return set.length === 0 ? null : Object.fromEntries(set)
}

export function domain (env: Env, name: string, fallback: string): string {
  const text = (env[name] || fallback).toLowerCase()
  if (!/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(text)) {
    throw new ConfigError(`${name} must be a domain name without a port, such as "example.com", not "${text}"`)
  }
  return text
}

export function environments (env: Env, name: string): string[] | null {
  return list(env, name, part => new RegExp(environmentNamePattern).test(part), 'environment names')
}

export function list (env: Env, name: string, isValid: (part: string) => boolean, expected: string): string[] | null {
  const text = env[name]
  if (!text) return null
  const parts = text.split(',').map(part => part.trim())
  const wrong = parts.find(part => !isValid(part))
  if (wrong !== undefined) throw new ConfigError(`${name} must be ${expected}, separated by commas; "${wrong}" is none`)
  return parts
}

/** As `dns.setServers` takes them: an IPv6 address with a port stands in brackets. */
export function isDnsServer (text: string): boolean {
  const [, address, port] = /^\[(.+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([\d.]+)(?::(\d{1,5}))?$/.exec(text) ?? [null, text]
  return isIP(address) !== 0 && (port === undefined || (Number(port) > 0 && Number(port) <= 65535))
}

export function oneOf<Value extends string> (env: Env, name: string, values: readonly Value[], fallback: NoInfer<Value>): Value {
  const text = env[name]
  if (!text) return fallback
  if (!values.includes(text as Value)) throw new ConfigError(`${name} must be one of ${values.join(', ')}, not "${text}"`)
  return text as Value
}
