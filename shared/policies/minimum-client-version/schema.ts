import { Type, type Static } from 'typebox'
import { headerName } from '../fields.ts'

const version = (description: string) => Type.String({ pattern: '^\\d{1,9}(?:\\.\\d{1,9}){0,3}$', description })

export const minimumClientVersionSchema = Type.Object({
  header: Type.Optional({ ...headerName, default: 'x-client-version', description: 'Where clients say their version: numbers with dots between them; what follows them is not looked at.' }),
  minimum: version('Older ones are refused with 426 `client_outdated`, or as many of them as `refusedShare` says.'),
  refusedShare: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, default: 100, description: 'Per cent. Below 100 a brown-out: some are refused, the others are told in `x-imprun-minimum-client-version`. 0 only tells.' })),
  upgradeUrl: Type.Optional(Type.String({ pattern: '^https?://[\\x21\\x23-\\x3b\\x3d\\x3f-\\x7e]+$', maxLength: 1_000, description: 'Where a newer one is; in `Link` with `rel="successor-version"`.' })),
  unknown: Type.Optional(Type.Enum(['pass', 'refuse'], { default: 'pass', description: 'What becomes of a request that says no version.' }))
}, { additionalProperties: false, title: 'minimum-client-version', description: 'Turns clients away that are too old, at once or little by little.' })

export type MinimumClientVersionSettings = Static<typeof minimumClientVersionSchema>
