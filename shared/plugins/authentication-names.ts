/** Ways to say who calls, in the order in which they are asked where nobody says otherwise. */
export const authenticationMethods = ['key-auth', 'basic-auth'] as const

export type AuthenticationMethod = typeof authenticationMethods[number]

/** Plugins that together are the one choice of how an environment authenticates. */
export const authenticationPlugins = [...authenticationMethods, 'authentication', 'none'] as const
