import type { TSchema } from 'typebox'
import { authenticationExamples } from '../plugins/authentication-examples.ts'
import { authenticationSchemas } from '../plugins/authentication-schemas.ts'
import type { PolicyExample } from './example.ts'
import { policyExamples } from './examples.ts'
import { policySchemas } from './schemas.ts'

/** Markdown, by the name of its file in `docs/policies`. */
export function policyPages (): Map<string, string> {
  return new Map([['README.md', index], ...names.map((name): [string, string] => [`${name}.md`, pageOf(name)])])
}

type Name = keyof typeof schemas

const schemas = { ...policySchemas, ...authenticationSchemas }
const examples: Record<Name, PolicyExample<unknown>> = { ...policyExamples, ...authenticationExamples }
const names = Object.keys(schemas) as Name[]
const isAuthentication = (name: Name): boolean => Object.hasOwn(authenticationSchemas, name)

const generated = '<!-- Made by "npm run docs:policies" from the schema and the example in shared/policies. -->\n'

const lineOf = (name: Name): string => `- [\`${name}\`](${name}.md): ${describe(schemas[name])}`

const index = `${generated}
# Policies

Each is set under its name in \`config.plugins\` of a gateway or an environment, or in \`plugins\` of an endpoint (a function, or what goes to an upstream) or a client. Where several places have one, the most specific has all of it: client, endpoint, environment, gateway. What acts before authentication cannot know the client: a client's own is asked as well, once it is known.

${names.filter(name => !isAuthentication(name)).map(lineOf).join('\n')}

## Who calls

These are one choice: whatever an environment or an endpoint has of them replaces all of them that hold above it. [More about it](../authentication.md).

${names.filter(isAuthentication).map(lineOf).join('\n')}
`

function pageOf (name: Name): string {
  const { settings, request, answer } = examples[name]
  const rows = rowsOf(schemas[name] as Described, '').map(row => `| ${row.join(' | ')} |`)
  const sent = [`${request.method ?? 'GET'} ${request.path} HTTP/1.1`, 'host: shop.api.localhost', ...fields(request.headers), ...request.body === undefined ? [] : ['', request.body]]
  const answered = [`HTTP/1.1 ${answer.status}`, ...fields(answer.headers), ...answer.body ? ['', answer.body] : []]
  return `${generated}
# ${name}

${describe(schemas[name])}

## Settings

${rows.length === 0 ? 'None.' : `| setting | type | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}`}

## Example

${indent(JSON.stringify({ config: { plugins: { [name]: settings } } }, null, 2))}

What is sent, and what is answered:

${indent(sent.join('\n'))}

${indent(answered.join('\n'))}
`
}

/** What JSON Schema says of a value, as far as policies use it. */
interface Described {
  type?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  anyOf?: Described[]
  minimum?: number
  maximum?: number
  properties?: Record<string, Described>
  patternProperties?: Record<string, Described>
  items?: Described
  required?: string[]
}

function describe (schema: TSchema): string {
  return (schema as Described).description ?? ''
}

function rowsOf (schema: Described, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const isRequired = schema.required?.includes(name) === true
    const place = `${prefix}${name}`
    const row = [`\`${place}\``, typeOf(value), isRequired ? 'required' : value.default === undefined ? '' : `\`${JSON.stringify(value.default)}\``, (value.description ?? '').replaceAll('|', '\\|')]
    const inner = value.items ?? Object.values(value.patternProperties ?? {})[0]
    return [row, ...rowsOf(value, `${place}.`), ...(inner === undefined ? [] : rowsOf(inner, value.items === undefined ? `${place}.*.` : `${place}[].`))]
  })
}

function typeOf (schema: Described): string {
  if (schema.enum !== undefined) return schema.enum.map(value => `\`${JSON.stringify(value)}\``).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(', ')
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.items !== undefined) return `array of ${typeOf(schema.items)}`
  const range = schema.minimum === undefined || schema.maximum === undefined ? '' : `, ${schema.minimum} to ${schema.maximum}`
  return `${schema.type ?? 'anything'}${range}`
}

function fields (headers: Record<string, string> = {}): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
}

function indent (text: string): string {
  return text.split('\n').map(line => line === '' ? '' : `    ${line}`).join('\n')
}

