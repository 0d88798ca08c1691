import { BlockList, isIP } from 'node:net'
import type { FieldError } from '../../errors.ts'
import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { IpRestrictionSettings } from './schema.ts'

const refused: PolicyDecision = { kind: 'refusal', code: 'address_denied' }

export const ipRestriction: PolicyModule<IpRestrictionSettings> = {
  // Before all others: who may not be here learns nothing else.
  priority: 1_000,
  check: (settings, pointer) => [...checkRanges(settings.allow, `${pointer}/allow`), ...checkRanges(settings.deny, `${pointer}/deny`)],
  compile: ({ allow, deny }) => {
    const allowed = allow === undefined ? null : listOf(allow)
    const denied = listOf(deny ?? [])
    return { admit: ({ address }) => has(denied, address) || (allowed !== null && !has(allowed, address)) ? refused : null }
  }
}

function checkRanges (ranges: readonly string[] = [], pointer: string): FieldError[] {
  return ranges.flatMap((range, index) => parseRange(range) === null ? [{ pointer: `${pointer}/${index}`, detail: 'must be an IPv4 or IPv6 address, or a range in CIDR notation' }] : [])
}

interface Range { network: string, bits: number, family: 'ipv4' | 'ipv6' }

/** RFC 4632, section 3.1; RFC 4291, section 2.3. `null`: it is none. */
function parseRange (text: string): Range | null {
  const [network = '', bits, ...rest] = text.split('/')
  const version = isIP(network)
  if (version === 0 || network.includes('%') || rest.length > 0) return null
  const width = version === 4 ? 32 : 128
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > width)) return null
  return { network, bits: bits === undefined ? width : Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' }
}

function listOf (ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const { network, bits, family } of ranges.map(parseRange).filter(range => range !== null)) list.addSubnet(network, bits, family)
  return list
}

/** An IPv4 address that comes as IPv6 is compared as both. */
function has (list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
