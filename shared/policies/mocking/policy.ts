import type { FieldError } from '../../errors.ts'
import { compileSchema } from '../../json-schema/compile.ts'
import type { JsonObject } from '../../json-schema/node.ts'
import { escapePointer } from '../../json-schema/run.ts'
import { sampleOf } from '../../json-schema/sample.ts'
import type { PolicyDecision, PolicyModule, PolicyRequest } from '../policy.ts'
import type { MockAnswer, MockingSettings } from './schema.ts'

export const mocking: PolicyModule<MockingSettings> = {
  // After whatever else may refuse the request: what is made up is no reason to let anyone in.
  priority: 100,
  check: (settings, pointer) => {
    const { byName, fallback } = divide(settings)
    const answers = [...byName.map(([name, answer]) => ({ answer, at: `${pointer}/routes/${escapePointer(name)}` })), ...(fallback === null ? [] : [{ answer: fallback, at: pointer }])]
    return answers.flatMap(({ answer, at }) => faultsOf(answer, at, settings)).slice(0, 20)
  },
  compile: settings => {
    const { $defs = {} } = settings
    const { byName, fallback } = divide(settings)
    const answers = new Map(byName.map(([name, answer]) => [name, compileMock(answer, $defs)]))
    const all = fallback === null ? null : compileMock(fallback, $defs)
    return {
      // Beside bodies that are checked first: made where the others would be called.
      meet: request => hasBody(request) ? null : choose(request),
      body: { wants: request => hasBody(request) && (answers.has(request.route!.name) || all !== null), maxBytes: 1024 * 1024, check: (_body, request) => choose(request) }
    }

    function choose (request: PolicyRequest): PolicyDecision | null {
      return (answers.get(request.route!.name) ?? all)?.(request.headers.prefer) ?? null
    }
  }
}

type Mock = (prefer: string | string[] | undefined) => PolicyDecision

function hasBody ({ method, headers }: PolicyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function divide ({ routes = {}, $defs: _definitions, ...own }: MockingSettings): { byName: Array<[name: string, answer: MockAnswer]>, fallback: MockAnswer | null } {
  return { byName: Object.entries(routes), fallback: Object.keys(own).length === 0 && Object.keys(routes).length > 0 ? null : own }
}

function faultsOf ({ schema, others = {} }: MockAnswer, at: string, { $defs }: MockingSettings): FieldError[] {
  const schemas = [{ schema, place: at }, ...Object.entries(others).map(([status, other]) => ({ schema: other.schema, place: `${at}/others/${status}` }))]
  return schemas.flatMap(({ schema: asked, place }) => asked === undefined ? [] : compileSchema(asked, { pointer: `${place}/schema`, ...($defs && { definitions: $defs }) }).faults)
}

function compileMock ({ status = 200, others = {}, ...own }: MockAnswer, definitions: JsonObject): Mock {
  const first = compileAnswer(status, own, definitions)
  const byStatus = new Map(Object.entries(others).map(([code, other]) => [code, compileAnswer(Number(code), other, definitions)]))
  return prefer => {
    if (prefer === undefined) return first(null)
    const wishes = readPrefer(String(prefer))
    return (byStatus.get(wishes.get('code') ?? '') ?? first)(wishes.get('example') ?? null)
  }
}

type AnswerSettings = Omit<MockAnswer, 'status' | 'others'>

function compileAnswer (status: number, { headers = {}, body, examples, schema }: AnswerSettings, definitions: JsonObject): (example: string | null) => PolicyDecision {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const make = (value: unknown): PolicyDecision => {
    if (value === undefined) return { kind: 'answer', status, headers: lower, body: '' }
    const isText = typeof value === 'string' && !/json/.test(lower['content-type'] ?? '')
    return { kind: 'answer', status, headers: { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json', ...lower }, body: isText ? value : JSON.stringify(value) }
  }
  const byName = new Map(Object.entries(examples ?? {}).map(([name, value]) => [name, make(value)]))
  let usual: PolicyDecision | null = null
  // Made when somebody asks: most are not asked for in each worker.
  const useful = (): PolicyDecision => usual ??= byName.values().next().value ?? make(body !== undefined || schema === undefined ? body : sampleOf(schema, definitions))
  return example => (example === null ? undefined : byName.get(example)) ?? useful()
}

/** RFC 7240, section 2. */
function readPrefer (header: string): Map<string, string> {
  return new Map(header.slice(0, 1_000).split(',').map(preference => {
    const [name = '', value = ''] = preference.split(';', 1)[0]!.split('=', 2)
    return [name.trim().toLowerCase(), value.trim().replace(/^"([^"]*)"$/, '$1')]
  }))
}
