import { Type, type Static } from 'typebox'

export const noneSchema = Type.Object({}, {
  additionalProperties: false,
  title: 'none',
  description: 'No authentication: every request is let in, and no key is looked at.'
})

export type NoneConfig = Static<typeof noneSchema>
