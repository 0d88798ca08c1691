import { Type, type Static } from 'typebox'

/** Of every answer of an environment that has the plugin: the number of the release that it was served under. */
export const releaseHeader = 'x-imprun-release'

export const servedBySchema = Type.Object({}, {
  additionalProperties: false,
  title: 'served-by',
  description: 'Answers say which release they come from, in `x-imprun-release`. For owners: on where they test, off where the public need not know.'
})

export type ServedByConfig = Static<typeof servedBySchema>
