import type { PolicyExample } from '../example.ts'
import type { IpRestrictionSettings } from './schema.ts'

export const ipRestrictionExample: PolicyExample<IpRestrictionSettings> = {
  settings: { allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.66'] },
  request: { path: '/hello' },
  answer: { status: 403 }
}
