import { Type } from 'typebox'
import { variableNamePattern } from '../names.ts'

/** Of an endpoint that says who somebody is. */
export const identityUrl = Type.String({ pattern: '^https?://[^\\s?#@/]+(?:[/?][^\\s#]*)?$', maxLength: 2_000, description: 'URL of an endpoint.' })

export const allowHttp = Type.Optional(Type.Boolean({
  default: false, description: 'Whether the endpoint may be asked over plain HTTP: only where nobody else can reach the network in between.'
}))

export const secretVariable = Type.String({ pattern: variableNamePattern, description: 'Name of a secret variable of the environment.' })

export const forwardToken = Type.Optional(Type.Boolean({
  default: false, description: 'Whether functions and upstreams see the token, in `Authorization`, where it is what has let the request in.'
}))

export const clientClaim = Type.Optional(Type.String({
  minLength: 1, maxLength: 100,
  description: 'Claim with the name or the id of the client that calls, such as `client_id` or `azp`. Default: a token stands for no client; what is counted for each client is then counted for each address.'
}))

export const unknownClient = Type.Optional(Type.Enum(['refuse', 'admit'], {
  default: 'refuse', description: 'What becomes of a token whose client this environment does not have. A client that is disabled or has expired is refused in any case.'
}))

export const scopesClaim = Type.Optional(Type.String({ minLength: 1, maxLength: 100, default: 'scope', description: 'Claim with the scopes: a text with spaces in between, or an array.' }))
