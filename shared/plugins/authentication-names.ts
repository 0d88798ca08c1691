/** Ways to say who calls, in the order in which they are asked where nobody says otherwise. */
export const authenticationMethods = ['key-auth', 'basic-auth', 'hmac-auth', 'jwt-auth', 'oauth2-introspection', 'mtls-auth'] as const

export type AuthenticationMethod = typeof authenticationMethods[number]

/** Plugins that together are the one choice of how an environment authenticates. */
export const authenticationPlugins = [...authenticationMethods, 'authentication', 'none'] as const

/** RFC 7518, section 3.1; RFC 8037. */
export const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const
export const jwtAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', ...secretAlgorithms] as const
