import { Type, type Static } from 'typebox'
import { authenticationMethods } from './authentication-names.ts'

export const maxStalenessSeconds = Type.Optional(Type.Integer({
  minimum: 1,
  maximum: 31_536_000,
  description: 'Credentials are refused, with 503 `configuration_stale`, where the data plane has not heard of the control plane for so long: they may have been revoked since. Default: never.'
}))

export const cutStreams = Type.Optional(Type.Boolean({
  default: false,
  description: 'An answer that streams is cut off when what it was asked for with is revoked, disabled or expires. Default: it goes on to its end.'
}))

export const authenticationSchema = Type.Object({
  order: Type.Optional(Type.Array(Type.Enum([...authenticationMethods]), {
    maxItems: authenticationMethods.length,
    uniqueItems: true,
    description: 'In which order the methods that are set are asked. The first that finds credentials of its kind decides. Those that are not named come after, in the order of this list.'
  })),
  anonymousClient: Type.Optional(Type.String({
    minLength: 1, maxLength: 100,
    description: 'Name of the client that requests without credentials are of. Credentials that are wrong are refused all the same. Default: a request needs credentials.'
  })),
  maxStalenessSeconds,
  cutStreams
}, { additionalProperties: false, title: 'authentication', description: 'How several ways to say who calls go together, and what holds for all of them.' })

export type AuthenticationConfig = Static<typeof authenticationSchema>
