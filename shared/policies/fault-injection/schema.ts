import { Type, type Static } from 'typebox'

const share = Type.Optional(Type.Integer({ minimum: 0, maximum: 100, default: 100, description: 'Of how many requests, in per cent.' }))

export const faultInjectionSchema = Type.Object({
  abort: Type.Optional(Type.Object({
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'Answered with `fault_injected` in the place of the function.' }),
    percentage: share
  }, { additionalProperties: false, description: 'Requests that fail.' })),
  delay: Type.Optional(Type.Object({
    ms: Type.Integer({ minimum: 1, maximum: 60_000, description: 'Milliseconds before the function is called.' }),
    percentage: share
  }, { additionalProperties: false, description: 'Requests that take longer. One that fails as well fails after that.' }))
}, { additionalProperties: false, minProperties: 1, title: 'fault-injection', description: 'Makes a share of the requests fail or wait, for those who want to know what their clients make of it.' })

export type FaultInjectionSettings = Static<typeof faultInjectionSchema>
