import { Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Node, type YAMLError } from 'yaml'
import { Problem, type FieldError } from '#shared/errors.ts'
import { escapePointer } from '../field-errors.ts'

/** Texts that functions share are written once; what else refers so often is meant to hurt. */
const maxAliases = 1_000
const maxErrors = 20

export interface YamlText {
  value: unknown
  /** Where a JSON pointer leads, both counted from 1; `null` where nothing stands. */
  placeOf: (pointer: string) => Place | null
}

interface Place { line: number, column: number }
type PlaceOf = (offset: number) => Place

/**
 * One document of YAML 1.2 in its core schema: plain data, without tags, and every name once in its mapping.
 * @throws {Problem} `malformed_request`
 */
export function readYaml (text: string): YamlText {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2', schema: 'core', merge: false, stringKeys: true, prettyErrors: false, logLevel: 'error', lineCounter,
    // It would compare each name with each other; `findFaults` looks each up.
    uniqueKeys: false
  })
  const place: PlaceOf = offset => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const faults = [...document.errors, ...document.warnings].map(error => syntaxError(error, place))
  // Another version would mean another thing by the same text.
  if (document.directives.yaml.version !== '1.2') faults.push({ pointer: '', detail: 'must be YAML 1.2', line: 1, column: 1 })
  const nodes = new Map<string, Node>()
  if (faults.length === 0) faults.push(...findFaults(document.contents, nodes, place))
  if (faults.length > 0) throw malformed(faults)
  const placeOf = (pointer: string): Place | null => {
    const offset = nodes.get(pointer)?.range?.[0]
    return offset === undefined ? null : place(offset)
  }
  return { value: toValue(document), placeOf }
}

/** Sources and other texts of several lines stand as they are, and what several functions have in common is written once. */
export function writeYaml (value: unknown, comment: string): string {
  const document = new Document(value, { version: '1.2', schema: 'core', aliasDuplicateObjects: true, anchorPrefix: 'files' })
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'string' || !/[\n\r\u0085\u2028\u2029]/.test(node.value)) return
      node.type = isLiteral(node.value) ? 'BLOCK_LITERAL' : 'QUOTE_DOUBLE'
    }
  })
  document.commentBefore = comment
  return document.toString({ lineWidth: 0, blockQuote: 'literal' })
}

/**
 * Whether a block says exactly this. Other line breaks than LF become one, and what cannot be printed may not stand there (YAML 1.2.2,
 * sections 5.1 and 5.4).
 */
function isLiteral (text: string): boolean {
  // A first line of nothing but spaces would say how far the rest is indented.
  return !/^\n*[ \t]+(?:\n|$)|[\r\u0085\u2028\u2029\ufeff\ufffe\uffff\p{Cs}]|(?![\t\n])\p{Cc}/u.test(text)
}

function toValue (document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw malformed([{ pointer: '', detail: `must not refer to its anchors as often: an alias may stand for ${maxAliases} nodes in all` }])
  }
}

function syntaxError ({ message, pos: [offset] }: YAMLError, place: PlaceOf): FieldError {
  return { pointer: '', detail: message, ...place(offset) }
}

/** Without recursion: the text decides how deep it goes. Notes where everything is. */
function findFaults (root: Node | null, nodes: Map<string, Node>, place: PlaceOf): FieldError[] {
  const faults: FieldError[] = []
  const fault = (pointer: string, detail: string, node: Node): number => faults.push({ pointer, detail, ...place(node.range?.[0] ?? 0) })
  const pending = root === null ? [] : [{ node: root, pointer: '' }]
  for (let next = pending.pop(); next !== undefined && faults.length < maxErrors; next = pending.pop()) {
    const { node, pointer } = next
    nodes.set(pointer, node)
    if ('tag' in node && node.tag !== undefined) fault(pointer, 'must not have a tag: plain data is all that it can be', node)
    if (isSeq<Node>(node)) node.items.forEach((item, index) => pending.push({ node: item, pointer: `${pointer}/${index}` }))
    if (!isMap<Node, Node | null>(node)) continue
    const names = new Set<string>()
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      const member = `${pointer}/${escapePointer(name)}`
      if (names.has(name)) fault(member, 'stands there twice', key)
      names.add(name)
      if (value !== null) pending.push({ node: value, pointer: member })
    }
  }
  return faults
}

function malformed (errors: FieldError[]): Problem {
  const [{ detail, line, column }] = errors as [FieldError]
  const place = line === undefined ? '' : ` (line ${line} column ${column})`
  return new Problem('malformed_request', `The body is not YAML that can be used${place}: ${detail}.`, { errors: errors.slice(0, maxErrors) })
}
