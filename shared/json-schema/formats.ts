import { isIPv4, isIPv6 } from 'node:net'

/** Whether a value is of the format; those of another type are. Each looks at every character a bounded number of times. */
export type FormatCheck = (value: unknown) => boolean

export function checkFormat (name: string): FormatCheck | null {
  return Object.hasOwn(formats, name) ? formats[name]! : null
}

export function formatNames (): string[] {
  return Object.keys(formats)
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+$/i
const uriCharacters = /^(?:[a-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})*$/i
/** RFC 3339, appendix A: units that follow each other, none left out between. */
const duration = /^P(?:\d+W|(?=\d|T\d)(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?(?:T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?)$/
const scheme = /^[a-z][a-z0-9+.-]*:/i

// The repeated parts of each expression begin differently, so none is tried twice at one place.
const formats: Readonly<Record<string, FormatCheck>> = {
  'date-time': text(isDateTime),
  date: text(isDate),
  time: text(isTime),
  duration: text(value => duration.test(value)),
  email: text(isEmail),
  hostname: text(isHostname),
  ipv4: text(isIPv4),
  ipv6: text(value => isIPv6(value) && !value.includes('%')),
  uri: text(value => scheme.test(value) && isUriReference(value)),
  'uri-reference': text(isUriReference),
  uuid: text(value => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)),
  'json-pointer': text(value => /^(?:\/(?:[^~/]|~[01])*)*$/.test(value)),
  'relative-json-pointer': text(value => /^(?:0|[1-9]\d*)(?:#|(?:\/(?:[^~/]|~[01])*)*)$/.test(value)),
  byte: text(value => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)),
  binary: () => true,
  password: () => true,
  int32: value => typeof value !== 'number' || (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31),
  int64: value => typeof value !== 'number' || (Number.isInteger(value) && value >= -(2 ** 63) && value <= 2 ** 63),
  float: () => true,
  double: () => true
}

function text (holds: (value: string) => boolean): FormatCheck {
  return value => typeof value !== 'string' || holds(value)
}

/** RFC 3339, section 5.6. */
function isDateTime (value: string): boolean {
  const at = value.search(/[tT]/)
  return at === 10 && isDate(value.slice(0, at)) && isTime(value.slice(at + 1))
}

function isDate (value: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value)
  if (match === null) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year % 400 + 2000, month, 0)).getUTCDate()
}

function isTime (value: string): boolean {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i.exec(value)
  if (match === null) return false
  const [hours, minutes, seconds] = match.slice(1, 4).map(Number) as [number, number, number]
  const [offsetHours, offsetMinutes] = [Number(match[5] ?? 0), Number(match[6] ?? 0)]
  if (hours > 23 || minutes > 59 || offsetHours > 23 || offsetMinutes > 59) return false
  if (seconds < 60) return true
  // A leap second is the last one of a day in UTC.
  const utc = hours * 60 + minutes - (match[4] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes)
  return seconds === 60 && (utc + 2 * 1_440) % 1_440 === 1_439
}

/** RFC 5321, section 4.1.2, but for quoted local parts. */
function isEmail (value: string): boolean {
  const at = value.lastIndexOf('@')
  const local = value.slice(0, at)
  if (at < 1 || at > 64 || !local.split('.').every(part => localPart.test(part))) return false
  const domain = value.slice(at + 1)
  if (!domain.startsWith('[')) return isHostname(domain)
  const literal = domain.slice(1, -1)
  return domain.endsWith(']') && (isIPv4(literal) || (/^ipv6:/i.test(literal) && isIPv6(literal.slice(5))))
}

/** RFC 1123, section 2.1. */
function isHostname (value: string): boolean {
  return value.length <= 253 && value.split('.').every(part => label.test(part))
}

/** RFC 3986, section 4.1. */
function isUriReference (value: string): boolean {
  if (!uriCharacters.test(value)) return false
  const hash = value.indexOf('#')
  if (hash !== -1 && value.includes('#', hash + 1)) return false
  const first = /^[^/?#]*/.exec(value)![0]
  if (first.includes(':') && !scheme.test(value)) return false
  const authority = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(value)
  const rest = authority === null ? value : value.slice(authority[0].length)
  return !/[[\]]/.test(rest) && (authority === null || isAuthority(authority[1]!))
}

function isAuthority (authority: string): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const user = authority.slice(0, Math.max(0, authority.length - host.length - 1))
  if (/[@[\]]/.test(user)) return false
  const literal = /^\[([^\]]*)\](?::\d*)?$/.exec(host)
  if (literal === null) return /^[^:[\]]*(?::\d*)?$/.test(host)
  return isIPv6(literal[1]!) || /^v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+$/i.test(literal[1]!)
}
