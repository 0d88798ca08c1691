import { authenticationMethods, type AuthenticationMethod } from '#shared/plugins/authentication-names.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { compileBasicAuth } from './basic-auth.ts'
import { compileHmacAuth, type HmacAuthCompiler } from './hmac-auth.ts'
import { compileJwtAuth, type JwtAuthCompiler } from './jwt-auth.ts'
import { compileKeyAuth } from './key-auth.ts'
import type { AuthMethod, Refused } from './method.ts'
import { compileMtlsAuth } from './mtls-auth.ts'
import { compileOauth2Introspection, type IntrospectionCompiler } from './oauth2-introspection.ts'

/** How an environment finds out who calls. */
export interface CompiledAuthentication {
  /** In the order in which they are asked; none: everybody is let in. */
  readonly methods: readonly AuthMethod[]
  /** Likewise. */
  readonly names: readonly AuthenticationMethod[]
  /** Name of the client that requests without credentials are of; `null`: they are refused. */
  readonly anonymousClient: string | null
  /** What clients are told that show none. */
  readonly missing: Refused
  /** Credentials are refused where the configuration is older; `null`: however old it is. */
  readonly maxStalenessMs: number | null
  /** Answers under way end with what they were asked for with. */
  readonly cutsStreams: boolean
}

/** What methods are compiled with. */
export type AuthCompiler = JwtAuthCompiler & IntrospectionCompiler & HmacAuthCompiler

export function compileAuthentication (plugins: Plugins, compiler: AuthCompiler): CompiledAuthentication {
  const { order = [], anonymousClient = null, ...general } = plugins.authentication ?? {}
  const named = authenticationMethods.filter(name => plugins[name] !== undefined)
  const names = plugins.none !== undefined ? [] : named.length === 0 ? ['key-auth' as const] : [...order, ...named.filter(name => !order.includes(name))]
  const methods = names.map(name => compileMethod(name, plugins, compiler))
  const { maxStalenessSeconds, cutStreams = false } = { ...general, ...plugins['key-auth'] }
  return {
    methods,
    names,
    anonymousClient,
    missing: describeMissing(names, methods),
    maxStalenessMs: maxStalenessSeconds === undefined ? null : maxStalenessSeconds * 1_000,
    cutsStreams: cutStreams
  }
}

function compileMethod (name: AuthenticationMethod, plugins: Plugins, compiler: AuthCompiler): AuthMethod {
  switch (name) {
    case 'key-auth': return compileKeyAuth(plugins['key-auth'])
    case 'basic-auth': return compileBasicAuth()
    case 'jwt-auth': return compileJwtAuth(plugins['jwt-auth']!, compiler)
    case 'hmac-auth': return compileHmacAuth(plugins['hmac-auth']!, compiler)
    case 'mtls-auth': return compileMtlsAuth(plugins['mtls-auth']!)
    case 'oauth2-introspection': return compileOauth2Introspection(plugins['oauth2-introspection']!, compiler)
  }
}

function describeMissing (names: readonly AuthenticationMethod[], methods: readonly AuthMethod[]): Refused {
  const challenges = new Set(methods.flatMap(({ challenge }) => challenge.split(/, (?=[A-Z])/)))
  const headers = { 'www-authenticate': [...challenges].join(', ') }
  if (names.length === 1 && names[0] === 'key-auth') {
    return { kind: 'refused', code: 'api_key_missing', detail: 'Send an API key of this environment in the x-api-key header.', headers }
  }
  return { kind: 'refused', code: 'credentials_missing', headers }
}

/** Of what is not the public's yet: a key opens it even where nothing else asks for one. */
export function forPreviews (authentication: CompiledAuthentication, compiler: AuthCompiler): CompiledAuthentication {
  if (authentication.methods.length === 0) return compileAuthentication({}, compiler)
  return authentication.anonymousClient === null ? authentication : { ...authentication, anonymousClient: null }
}
