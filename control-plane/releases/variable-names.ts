import { parse, type AnyNode, type MemberExpression, type ObjectPattern, type Pattern } from 'acorn'
import { full } from 'acorn-walk'
import { variableNamePattern } from '#shared/names.ts'

const isVariableName = new RegExp(variableNamePattern)

/**
 * Names of the variables that a bundle reads, as far as can be seen without running it: `ctx.env.NAME`, `env['NAME']`, and what is taken
 * out of either by destructuring, whatever the function calls its argument. A name that is computed is not found.
 * @returns sorted; nothing for a bundle that nests too deep to be parsed
 */
export function findVariableNames (bundle: string): string[] {
  const program = parseScript(bundle)
  if (program === null) return []
  const aliases = new Set(['env'])
  const names = new Set<string>()
  full(program, node => { if (node.type !== 'MemberExpression') collectAliases(node, aliases) })
  full(program, node => collectNames(node, aliases, names))
  return [...names].filter(name => isVariableName.test(name)).sort()
}

function parseScript (bundle: string): AnyNode | null {
  try {
    return parse(bundle, { ecmaVersion: 'latest', sourceType: 'script' })
  } catch (error) {
    // The compiler has read it, so what is left is its depth, or syntax that is newer than the parser.
    if (error instanceof RangeError || error instanceof SyntaxError) return null
    throw error
  }
}

/** `const settings = ctx.env`, `({ env: settings }) => …` */
function collectAliases (node: AnyNode, aliases: Set<string>): void {
  if (node.type === 'VariableDeclarator' && node.init && isEnvironment(node.init, aliases) && node.id.type === 'Identifier') aliases.add(node.id.name)
  if (node.type !== 'ObjectPattern') return
  const value = environmentIn(node)
  if (value?.type === 'Identifier') aliases.add(value.name)
}

function collectNames (node: AnyNode, aliases: ReadonlySet<string>, names: Set<string>): void {
  if (node.type === 'MemberExpression' && isEnvironment(node.object, aliases)) add(memberName(node), names)
  else if (node.type === 'VariableDeclarator' && node.init && isEnvironment(node.init, aliases)) addPattern(node.id, names)
  else if (node.type === 'ObjectPattern') addPattern(environmentIn(node), names)
}

/** What `{ env: … }` gives the environment to. */
function environmentIn ({ properties }: ObjectPattern): Pattern | null {
  const property = properties.find(property => property.type === 'Property' && propertyName(property) === 'env')
  if (property?.type !== 'Property') return null
  return property.value.type === 'AssignmentPattern' ? property.value.left : property.value
}

/** `{ A, B: b, C = 1 }` */
function addPattern (pattern: Pattern | null, names: Set<string>): void {
  if (pattern?.type !== 'ObjectPattern') return
  for (const property of pattern.properties) if (property.type === 'Property') add(propertyName(property), names)
}

function isEnvironment (node: AnyNode, aliases: ReadonlySet<string>): boolean {
  if (node.type === 'ChainExpression') return isEnvironment(node.expression, aliases)
  if (node.type === 'Identifier') return aliases.has(node.name)
  if (node.type !== 'MemberExpression' || memberName(node) !== 'env') return false
  // What Node.js and bundlers have under this name is something else.
  return !(node.object.type === 'MetaProperty' || (node.object.type === 'Identifier' && node.object.name === 'process'))
}

function memberName ({ property, computed }: MemberExpression): string | null {
  if (!computed) return property.type === 'Identifier' ? property.name : null
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : null
}

function propertyName ({ key, computed }: { key: AnyNode, computed: boolean }): string | null {
  if (key.type === 'Literal' && typeof key.value === 'string') return key.value
  return key.type === 'Identifier' && !computed ? key.name : null
}

function add (name: string | null, names: Set<string>): void {
  if (name !== null) names.add(name)
}
