import { createPublicKey } from 'node:crypto'
import { parseCertificates } from '../certificates.ts'
import type { FieldError } from '../errors.ts'
import { authenticationMethods, secretAlgorithms } from './authentication-names.ts'
import type { JwtAuthConfig } from './jwt-auth.ts'
import type { Plugins } from './plugins.ts'

/** They are read by others, and a key's header is taken out. `Authorization` is what `bearer` is for. */
const notForKeys = new Set(['authorization', 'connection', 'content-length', 'content-type', 'cookie', 'host', 'origin', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'x-forwarded-for'])

/** What the schemas cannot say of an authentication. @param pointer where the plugins stand in the document */
export function checkAuthentication (plugins: Plugins, pointer: string): FieldError[] {
  const errors: FieldError[] = []
  const methods = authenticationMethods.filter(name => plugins[name] !== undefined)
  if (plugins.none !== undefined && methods.length > 0) {
    errors.push({ pointer: `${pointer}/none`, detail: `cannot stand beside ${methods.join(' and ')}: nobody would be asked for credentials` })
  }
  for (const [index, name] of (plugins.authentication?.order ?? []).entries()) {
    if (plugins[name] === undefined) errors.push({ pointer: `${pointer}/authentication/order/${index}`, detail: `names ${name}, which is not set beside it` })
  }
  const { headers = [] } = plugins['key-auth'] ?? {}
  for (const [index, name] of headers.entries()) {
    if (notForKeys.has(name.toLowerCase())) errors.push({ pointer: `${pointer}/key-auth/headers/${index}`, detail: `cannot be ${name.toLowerCase()}, which is there for something else` })
  }
  const { ca } = plugins['mtls-auth'] ?? {}
  if (ca !== undefined && parseCertificates(ca)?.every(authority => authority.ca) !== true) {
    errors.push({ pointer: `${pointer}/mtls-auth/ca`, detail: 'must be certificates of authorities in PEM, and nothing else' })
  }
  return [...errors, ...checkJwtAuth(plugins['jwt-auth'], `${pointer}/jwt-auth`), ...checkHttp(plugins['oauth2-introspection'], 'url', `${pointer}/oauth2-introspection`)]
}

function checkJwtAuth (config: JwtAuthConfig | undefined, pointer: string): FieldError[] {
  if (config === undefined) return []
  const { jwksUrl, publicKey, secretVariable, algorithms = [] } = config
  if ([jwksUrl, publicKey, secretVariable].filter(source => source !== undefined).length !== 1) {
    return [{ pointer, detail: 'needs exactly one of jwksUrl, publicKey and secretVariable' }]
  }
  const wrong = algorithms.findIndex(name => (secretAlgorithms as readonly string[]).includes(name) !== (secretVariable !== undefined))
  const errors: FieldError[] = wrong === -1
    ? []
    : [{ pointer: `${pointer}/algorithms/${wrong}`, detail: secretVariable === undefined ? 'is signed with a shared secret, and the keys are public ones' : 'is signed with a private key, and there is a shared secret' }]
  if (publicKey !== undefined && !isPublicKey(publicKey)) errors.push({ pointer: `${pointer}/publicKey`, detail: 'must be one public key in PEM (-----BEGIN PUBLIC KEY-----), RSA of at least 2048 bits' })
  return [...errors, ...checkHttp(config, 'jwksUrl', pointer)]
}

/** What comes over plain HTTP anybody in between may have said. */
function checkHttp<Name extends string> (config: Partial<Record<Name, string>> & { allowHttp?: boolean } | undefined, name: Name, pointer: string): FieldError[] {
  const url = config?.[name]
  if (url === undefined) return []
  if (!URL.canParse(url)) return [{ pointer: `${pointer}/${name}`, detail: 'must be a URL' }]
  if (url.startsWith('https:') || config?.allowHttp === true) return []
  return [{ pointer: `${pointer}/${name}`, detail: 'must be https, or allowHttp has to be true' }]
}

/** A private key would be taken as well: its public half can be worked out, and the secret would stand in the settings. */
function isPublicKey (pem: string): boolean {
  if (!/^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem)) return false
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(pem)
    return asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  } catch {
    return false
  }
}
