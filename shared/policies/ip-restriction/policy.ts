import { isIP, isIPv6 } from 'node:net'
import { createAddressMatcher, isCidr } from '../../connections/addresses.ts'
import type { FieldError } from '../../errors.ts'
import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { IpRestrictionSettings } from './schema.ts'

const refused: PolicyDecision = { kind: 'refusal', code: 'address_denied' }

export const ipRestriction: PolicyModule<IpRestrictionSettings> = {
  // Before all others: who may not be here learns nothing else.
  priority: 1_000,
  check: (settings, pointer) => [...checkRanges(settings.allow, `${pointer}/allow`), ...checkRanges(settings.deny, `${pointer}/deny`)],
  compile: ({ allow, deny }) => {
    const isAllowed = allow === undefined ? null : createAddressMatcher(allow.map(toCidr))
    const isDenied = createAddressMatcher((deny ?? []).map(toCidr))
    return { admit: ({ address }) => isDenied(address) || isAllowed?.(address) === false ? refused : null }
  }
}

function checkRanges (ranges: readonly string[] = [], pointer: string): FieldError[] {
  return ranges.flatMap((range, index) => isCidr(toCidr(range)) ? [] : [{ pointer: `${pointer}/${index}`, detail: 'must be an IPv4 or IPv6 address, or a range in CIDR notation' }])
}

/** An address is a range of its own. */
function toCidr (range: string): string {
  if (isIP(range) === 0) return range
  return `${range}/${isIPv6(range) ? 128 : 32}`
}
