import { Type, type Static } from 'typebox'

const ranges = (description: string) => Type.Optional(Type.Array(
  Type.String({ maxLength: 43, description: 'An IPv4 or IPv6 address (`192.0.2.7`), or a range of them (`192.0.2.0/24`, `2001:db8::/32`).' }),
  { minItems: 1, maxItems: 1_000, description }
))

export const ipRestrictionSchema = Type.Object({
  allow: ranges('Whoever has another address is refused. Default: nobody is for this reason.'),
  deny: ranges('Whoever has one of these is refused, also where `allow` has it.')
}, {
  additionalProperties: false,
  minProperties: 1,
  title: 'ip-restriction',
  description: 'Lets requests in by the address of their client, or turns them away with 403 `address_denied`, before a key is looked at.'
})

export type IpRestrictionSettings = Static<typeof ipRestrictionSchema>
