import { createObject, decodeComponent, defineProperty, indexOf, isArray, slice } from './primordials.ts'

/**
 * `application/x-www-form-urlencoded` (URL standard, section 5.1) as a record: a name that comes again makes a list. What is not
 * percent-encoded UTF-8 stays as it is written. The record has no prototype, so `__proto__` is a name like any other.
 */
export function parseQuery (text: string): Record<string, string | string[]> {
  const record = createObject(null) as Record<string, string | string[]>
  for (let at = 0; at < text.length;) {
    const ampersand = indexOf(text, '&', at)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > at) add(record, slice(text, at, end))
    at = end + 1
  }
  return record
}

function add (record: Record<string, string | string[]>, pair: string): void {
  const equals = indexOf(pair, '=')
  const name = decode(equals === -1 ? pair : slice(pair, 0, equals))
  const value = equals === -1 ? '' : decode(slice(pair, equals + 1))
  const before = record[name]
  if (before === undefined) record[name] = value
  else if (isArray(before)) defineProperty(before, before.length, { __proto__: null, value, writable: true, enumerable: true, configurable: true } as PropertyDescriptor)
  else record[name] = [before, value]
}

function decode (text: string): string {
  let plain = ''
  let at = 0
  for (let plus = indexOf(text, '+'); plus !== -1; plus = indexOf(text, '+', at)) {
    plain += `${slice(text, at, plus)} `
    at = plus + 1
  }
  plain += slice(text, at)
  if (indexOf(plain, '%') === -1) return plain
  try {
    return decodeComponent(plain)
  } catch {
    // URIError: not valid UTF-8.
    return plain
  }
}
