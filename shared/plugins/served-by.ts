import { Type, type Static } from 'typebox'

export const servedBySchema = Type.Object({
  revision: Type.Optional(Type.Boolean({ default: false, description: 'Also which revision of the store they were served under, in `x-imprun-revision`.' }))
}, {
  additionalProperties: false,
  title: 'served-by',
  description: 'Answers say which release they come from, in `x-imprun-release`. For owners: on where they test, off where the public need not know.'
})

export type ServedByConfig = Static<typeof servedBySchema>
