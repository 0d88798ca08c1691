/** One value as it was sent: divided where it was divided, not where a decoded comma stands. */
export interface FieldValue {
  readonly text: string
  readonly split: (separator: string) => string[]
}

/** Values by name. */
export class Fields {
  readonly #values = new Map<string, FieldValue[]>()

  add (name: string, raw: string, text: string, decodePart: (part: string) => string = part => part): void {
    const values = this.#values.get(name) ?? []
    values.push({ text, split: separator => splitRaw(raw, separator, decodePart) })
    this.#values.set(name, values)
  }

  get (name: string): readonly FieldValue[] {
    return this.#values.get(name) ?? []
  }

  names (): string[] {
    return [...this.#values.keys()]
  }
}

const maxPairs = 1_000

/** `null`: it cannot be read. */
export function readQuery (query: string): Fields | null {
  const fields = new Fields()
  if (query === '') return fields
  const pairs = query.split('&', maxPairs + 1)
  if (pairs.length > maxPairs) return null
  try {
    for (const pair of pairs) {
      if (pair === '') continue
      const at = pair.indexOf('=')
      const value = at === -1 ? '' : pair.slice(at + 1)
      fields.add(decode(at === -1 ? pair : pair.slice(0, at)), value, decode(value), decode)
    }
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
  return fields
}

/** RFC 6265, section 5.4. */
export function readCookies (header: string | undefined): Fields {
  const fields = new Fields()
  for (const pair of header?.split(';', maxPairs) ?? []) {
    const at = pair.indexOf('=')
    if (at === -1) continue
    const value = pair.slice(at + 1).trim().replace(/^"(.*)"$/, '$1')
    fields.add(pair.slice(0, at).trim(), value, value)
  }
  return fields
}

/** As forms are encoded, and so queries. @throws {URIError} */
function decode (text: string): string {
  return text.includes('%') || text.includes('+') ? decodeURIComponent(text.replaceAll('+', ' ')) : text
}

/** Separators may be encoded, too, where they are no comma: a space cannot be sent in another way. */
function splitRaw (raw: string, separator: string, decodePart: (part: string) => string): string[] {
  const divided = separator === ',' ? raw : raw.replaceAll(separator === ' ' ? /%20|\+/g : /%7c/gi, separator)
  return divided.split(separator).map(decodePart)
}
