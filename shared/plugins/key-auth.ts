import { Type, type Static } from 'typebox'

export const keyAuthSchema = Type.Object({
  maxStalenessSeconds: Type.Optional(Type.Integer({
    minimum: 1,
    maximum: 31_536_000,
    description: 'Keys are refused, with 503 `configuration_stale`, where the data plane has not heard of the control plane for so long: they may have been revoked since. Default: never.'
  })),
  cutStreams: Type.Optional(Type.Boolean({
    default: false,
    description: 'An answer that streams is cut off when the key that it was asked for with is revoked, disabled or expires. Default: it goes on to its end.'
  }))
}, {
  additionalProperties: false,
  title: 'key-auth',
  description: 'Requires the key of an enabled client of this environment. The authentication of an environment that names none.'
})

export type KeyAuthConfig = Static<typeof keyAuthSchema>
