import { authenticationMethods, type AuthenticationMethod } from '#shared/plugins/authentication-names.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'

type Requirement = Record<string, string[]>

/** Who is let in, as OpenAPI says it: any one of them will do. */
export function securityOf (plugins: Plugins): Requirement[] {
  if (plugins.none !== undefined) return []
  const named = authenticationMethods.filter(name => plugins[name] !== undefined)
  const methods: AuthenticationMethod[] = named.length === 0 ? ['key-auth'] : named
  const scopes = plugins.scopes?.required ?? []
  const anonymous = plugins.authentication?.anonymousClient === undefined ? [] : [{}]
  return [...methods.flatMap(name => schemesOf(name, plugins).map(([scheme]) => ({ [scheme]: [...scopes] }))), ...anonymous]
}

/** What the requirements name. */
export function securitySchemes (plugins: Plugins): Record<string, object> {
  return Object.fromEntries(authenticationMethods.flatMap(name => schemesOf(name, plugins)))
}

function schemesOf (name: AuthenticationMethod, plugins: Plugins): Array<[name: string, scheme: object]> {
  switch (name) {
    case 'key-auth': {
      const [header = 'x-api-key'] = plugins['key-auth']?.headers ?? []
      return [['apiKey', { type: 'apiKey', in: 'header', name: header, description: 'The key of a client of this environment.' }]]
    }
    case 'basic-auth': return [['basic', { type: 'http', scheme: 'basic' }]]
    case 'jwt-auth': return [['jwt', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }]]
    case 'oauth2-introspection': return [['token', { type: 'http', scheme: 'bearer' }]]
    case 'hmac-auth': return [['signature', { type: 'apiKey', in: 'header', name: 'Signature', description: 'HTTP message signature (RFC 9421), with Signature-Input beside it.' }]]
    case 'mtls-auth': return [['certificate', { type: 'mutualTLS' }]]
  }
}
