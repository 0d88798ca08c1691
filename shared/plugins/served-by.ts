import { Type, type Static } from 'typebox'

/** Of every answer of an environment that has the plugin: the number of the release that it was served under. */
export const releaseHeader = 'x-imprun-release'

/** Of every answer of an environment whose plugin asks for it: the revision of the store that the worker served. */
export const revisionHeader = 'x-imprun-revision'

/** Of an answer whose request was counted on one machine alone, where machines count together: `local`. */
export const limitsHeader = 'x-imprun-limits'

export const servedBySchema = Type.Object({
  revision: Type.Optional(Type.Boolean({ default: false, description: 'Also which revision of the store they were served under, in `x-imprun-revision`.' }))
}, {
  additionalProperties: false,
  title: 'served-by',
  description: 'Answers say which release they come from, in `x-imprun-release`. For owners: on where they test, off where the public need not know.'
})

export type ServedByConfig = Static<typeof servedBySchema>
