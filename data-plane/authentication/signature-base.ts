import { isInnerList, parseDictionary, serializeInnerList, serializeItem, type InnerList, type Item } from 'structured-headers'

/** A message as it was sent, for those who check what its sender has signed. */
export interface SignedMessage {
  method: string
  scheme: 'http' | 'https'
  /** Host, and port where it is not the scheme's. */
  authority: string
  path: string
  /** Without the question mark. */
  query: string
  /** As in the target: `GET /path?query`, or a whole URL. */
  requestTarget: string
  /** Names and values in turn, as they came. */
  rawHeaders: readonly string[]
}

/** Something is covered that this request does not have, or that nobody here can tell. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered'
}

/** RFC 9421, section 2.5. @throws {NotCovered} */
export function signatureBase (message: SignedMessage, input: InnerList): string {
  const [components] = input
  const lines: string[] = []
  const seen = new Set<string>()
  for (const component of components) {
    const [name] = component
    if (typeof name !== 'string' || name !== name.toLowerCase()) throw new NotCovered('a component has no name')
    const identifier = serializeItem(component)
    if (seen.has(identifier)) throw new NotCovered('a component stands twice')
    seen.add(identifier)
    lines.push(`${identifier}: ${valueOf(message, name, component)}`)
  }
  lines.push(`"@signature-params": ${serializeInnerList(input)}`)
  return lines.join('\n')
}

function valueOf (message: SignedMessage, name: string, [, parameters]: Item): string {
  if (name.startsWith('@')) {
    if (name === '@query-param') return queryParameter(message.query, parameters.get('name'), parameters.size)
    if (parameters.size > 0) throw new NotCovered('a derived component has parameters')
    return derived(message, name)
  }
  const values = fieldValues(message.rawHeaders, name)
  if (values.length === 0) throw new NotCovered('a field is not there')
  if (parameters.size === 0) return values.join(', ')
  if (parameters.size > 1) throw new NotCovered('a field has several parameters')
  // Section 2.1.3: values that commas would make ambiguous.
  if (parameters.get('bs') === true) return values.map(value => serializeItem([Buffer.from(value, 'latin1'), new Map()])).join(', ')
  const key = parameters.get('key')
  if (typeof key === 'string') return dictionaryMember(values.join(', '), key)
  // `sf` needs the type of each field, `tr` a body that has ended, `req` an answer.
  throw new NotCovered('a field has a parameter that is not known')
}

/** Section 2.2. The fragment is never sent, and credentials in URLs are none. */
function derived ({ method, scheme, authority, path, query, requestTarget }: SignedMessage, name: string): string {
  switch (name) {
    case '@method': return method
    case '@target-uri': return `${scheme}://${authority}${path}${query === '' ? '' : `?${query}`}`
    case '@authority': return authority
    case '@scheme': return scheme
    case '@request-target': return requestTarget
    case '@path': return path
    case '@query': return `?${query}`
    default: throw new NotCovered('a derived component is not known')
  }
}

/** Section 2.2.8: one that stands several times cannot be told apart. */
function queryParameter (query: string, name: unknown, parameters: number): string {
  if (typeof name !== 'string' || parameters !== 1) throw new NotCovered('a query parameter has no name')
  const values = new URLSearchParams(query).getAll(decodeName(name))
  if (values.length !== 1) throw new NotCovered('a query parameter is not there once')
  return encodeQuery(values[0]!)
}

function decodeName (name: string): string {
  try {
    return decodeURIComponent(name)
  } catch (error) {
    if (error instanceof URIError) throw new NotCovered('the name of a query parameter is not encoded')
    throw error
  }
}

/** URL standard, the application/x-www-form-urlencoded percent-encode set, with %20 for a space. */
function encodeQuery (text: string): string {
  return encodeURIComponent(text).replace(/[!'()~]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Section 2.1: every line of the field, without the space around it. */
function fieldValues (rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() === name) values.push(rawHeaders[index + 1]!.trim())
  }
  return values
}

/** Section 2.1.2. @throws {NotCovered} */
function dictionaryMember (text: string, key: string): string {
  let member
  try {
    member = parseDictionary(text).get(key)
  } catch {
    // Whatever is wrong with it: it is none.
    throw new NotCovered('a field is no dictionary')
  }
  if (member === undefined) throw new NotCovered('a dictionary lacks the member')
  return isInnerList(member) ? serializeInnerList(member) : serializeItem(member)
}
