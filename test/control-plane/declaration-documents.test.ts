import t from 'tap'
import { Problem, type FieldError } from '#shared/errors.ts'
import { readDocument } from '../../control-plane/declarations/read.ts'
import type { Format } from '../../control-plane/declarations/text.ts'
import { gatewayDocument } from '../../control-plane/declarations/schema.ts'
import { readYaml, writeYaml } from '../../control-plane/declarations/yaml.ts'

const rules = { schema: gatewayDocument, maxFileBytes: 100, maxClients: 3, maxValueBytes: 10 }
const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }
const fn = { methods: ['GET'], path: '/a', source: '' }

/** The first thing that is wrong. */
function faultOf (text: string, format: Format): Partial<FieldError> {
  try {
    readDocument(format, Buffer.from(text), rules)
    return {}
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.errors?.[0] ?? { detail: error.message }
  }
}

t.test('a document has known members, and each name once', async t => {
  const cases: Array<[document: object, pointer: string, detail?: RegExp]> = [
    [[], ''],
    [{}, '/apiVersion'],
    [{ ...head, apiVersion: 'imprun/v2' }, '/apiVersion', /must be "imprun\/v1"/],
    [{ ...head, kind: 'AiGateway' }, '/kind'],
    [{ ...head, surprise: 1 }, '/surprise', /not a known field/],
    [JSON.parse(JSON.stringify(head).replace('{', '{"__proto__":{"id":"x"},')) as object, '/__proto__'],
    [{ ...head, config: { plugins: { nope: {} } } }, '/config/plugins/nope'],
    [{ ...head, environments: [] }, '/environments'],
    [{ ...head, environments: [{ name: 'dev' }, { name: 'dev' }] }, '/environments/1/name', /twice/],
    [{ ...head, environments: [{ name: 'dev', variables: { A: 1 } }] }, '/environments/0/variables/A'],
    [{ ...head, environments: [{ name: 'dev', variables: { 'a-b': '1' } }] }, '/environments/0/variables/a-b'],
    [{ ...head, environments: [{ name: 'dev', variables: { A: 'éééééé' } }] }, '/environments/0/variables/A', /10 bytes/],
    [{ ...head, environments: [{ name: 'dev', variables: { A: '1' }, secrets: ['B', 'A'] }] }, '/environments/0/secrets/1'],
    [{ ...head, environments: [{ name: 'dev', clients: [{ name: 'A' }, { name: 'A' }] }] }, '/environments/0/clients/1/name', /twice/],
    [{ ...head, environments: [{ name: 'dev', clients: [{ name: 'A', apiKey: 'imp_dev_x' }] }] }, '/environments/0/clients/0/apiKey'],
    [{ ...head, environments: ['a', 'b'].map(name => ({ name, clients: [{ name: 'A' }, { name: 'B' }] })) }, '/environments', /at most 3 clients/],
    [{ ...head, functions: { '../up': fn } }, '/functions/..~1up'],
    [{ ...head, functions: { a: { ...fn, path: '/../x//' } } }, '/functions/a/path'],
    [{ ...head, functions: { a: { ...fn, limits: { cpuMs: 1e9 } } } }, '/functions/a/limits/cpuMs'],
    [{ ...head, functions: { a: { ...fn, source: 'x'.repeat(60) }, b: { ...fn, source: 'x'.repeat(60) } } }, '/functions/b', /more than 100 bytes/],
    [{ ...head, functions: Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`f${index}`, fn])) }, '/functions', /at most 1000/]
  ]
  for (const [document, pointer, detail = /./] of cases) t.match(faultOf(JSON.stringify(document), 'json'), { pointer, detail }, `${pointer} ${JSON.stringify(document).slice(0, 100)}`)
  t.strictSame(faultOf(JSON.stringify(head), 'json'), {})
  t.strictSame(faultOf(JSON.stringify({ ...head, functions: { constructor: fn, toString: fn } }), 'yaml'), {}, 'JSON is YAML')
})

t.test('YAML is refused with line and column', async t => {
  const cases: Array<[text: string, fault: object]> = [
    ['name: [', { pointer: '', line: 1 }],
    ['a:\n  name: a\n   b: c\n', { pointer: '', line: 2, column: 9 }],
    ['name: a\nconfig:\n  plugins: {}\n  "plugins": {}\n', { pointer: '/config/plugins', line: 4, column: 3, detail: 'stands there twice' }],
    ['name: a\n---\nname: b\n', { pointer: '', line: 2 }],
    ['name: !!binary aGVsbG8=\n', { pointer: '/name', line: 1, detail: /must not have a tag/ }],
    ['name: !!js/function "x"\n', { pointer: '', line: 1 }],
    ['%YAML 1.1\n---\nname: yes\n', { pointer: '', detail: 'must be YAML 1.2' }],
    ['? [a]\n: 1\n', { pointer: '' }],
    ['name: *nowhere\n', { pointer: '' }],
    ['__proto__: {name: x}\n', { pointer: '/__proto__', line: 1 }],
    ['constructor: {name: x}\n', { pointer: /^\/(apiVersion|constructor)/ }],
    [`${'k'.repeat(100_000)}: 1\n`, { pointer: '' }],
    ['a: &a [*a, *a, *a, *a, *a, *a, *a, *a]\n', { detail: /nest deeper/ }],
    [`a: &a [x]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]\n`, { detail: /must not refer to its anchors as often/ }],
    ['name: \udcff'.replace('\udcff', '"\\ud800"'), { detail: /half of a surrogate pair/ }]
  ]
  for (const [text, fault] of cases) t.match(faultOf(text, 'yaml'), fault, text.slice(0, 100))
  t.match(faultOf(Buffer.from([0x61, 0x3a, 0x20, 0xff]).toString('latin1'), 'yaml'), { pointer: '/apiVersion' })
  t.throws(() => readDocument('yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff]), rules), { code: 'malformed_request' }, 'not UTF-8')
})

t.test('files that an alias repeats count each time', async t => {
  const text = (times: number): string => `apiVersion: imprun/v1\nkind: ApiGateway\nname: x\nfunctions:\n  f: {methods: [GET], path: /f, entrypoint: a.ts, files: &a {a.ts: ${'x'.repeat(30)}}}\n` +
    Array.from({ length: times }, (_, index) => `  f${index}: {methods: [GET], path: /f, entrypoint: a.ts, files: *a}\n`).join('')
  t.strictSame(faultOf(text(2), 'yaml'), {})
  t.match(faultOf(text(3), 'yaml'), { pointer: '/functions/f2', detail: /more than 100 bytes/ })
})

t.test('any text comes back as it was', async t => {
  const parts = [
    '\n', '\n\n', '\r', '\r\n', ' ', '  ', '\t', 'a', 'b: c', '#', ' #', '- ', '---', '...', '\u0085', '\u2028', '\u2029', '\ufeff', '|', '>', '"', '\'', '\\', '%', '`', '@',
    'é', '😀', '\u0001', '\u007f', '\u009f', 'key:', '*x', '&y', '!t', '{', '[', ',', '?', 'null', '1', '0x1', 'true', '~', '\ufffe', '\u00a0', '2030-01-01'
  ]
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let count = 0; count < 3_000; count++) {
    const text = Array.from({ length: 1 + random(8) }, () => parts[random(parts.length)]).join('')
    const value = { files: { [text]: text, deeper: [{ text }] }, last: text }
    const read = readYaml(writeYaml(value, ' a comment')).value
    if (JSON.stringify(read) !== JSON.stringify(value)) t.fail(JSON.stringify(text), { read })
  }
  t.equal(writeYaml({ a: 'line\n  indented \n', b: 'x\r\n' }, ' c'), '# c\n\na: |\n  line\n    indented \nb: "x\\r\\n"\n')
})
