import vm from 'node:vm'
import t from 'tap'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'

const functions = '/api-gateways/shop/functions'
const route = { methods: ['GET'], path: '/sum' }

async function start (t: Parameters<typeof startControlPlane>[0]): Promise<ControlPlane> {
  const plane = await startControlPlane(t)
  await plane.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return plane
}

/** Runs the bundle as a data plane does: a script, whose exports are then under a global name. */
function evaluate (bundle: string): unknown {
  const context = vm.createContext({})
  vm.runInContext(bundle, context)
  return vm.runInContext('__imprunExports.default({ x: 3 })', context)
}

t.test('files are bundled into one script, with and without endings, folders and JSON included', async t => {
  const { admin, store } = await start(t)
  const files = {
    'src/main.ts': `
      import { add } from '../lib/math'
      import { twice } from '../lib/math/twice.js'
      import settings from './settings.json'
      import * as lib from '../lib'
      import { half } from '@/lib/math/half'
      export const unused = 1
      export default function (ctx: { x: number }): number { return add(twice(half(ctx.x) * 2), settings.offset) + lib.one }`,
    'src/settings.json': '{ "offset": 10 }',
    'lib/index.js': 'export const one = 1, two = 2',
    'lib/math.mjs': 'export const add = (a, b) => a + b',
    'lib/math/half.ts': "import { two } from '@/lib'\nexport const half = (n: number): number => n / two",
    'lib/math/twice.ts': 'export const twice = (n: number): number => n * 2'
  }
  const saved = await admin('PUT', `${functions}/sum`, { ...route, files, entrypoint: 'src/main.ts' })
  t.equal(saved.status, 201, saved.text)
  t.match((await admin('GET', `${functions}/sum`)).json, { files, entrypoint: 'src/main.ts' })
  const version = await store.getFunctionVersion('shop', 'sum', (saved.json as { version: string }).version)
  t.equal(evaluate(version!.bundle), 17)
  t.match(version!.bundle, /^"use strict";/)
})

t.test('the source map has the author\'s names, texts and lines', async t => {
  const { admin, store } = await start(t)
  const source = 'type Unused = number\nexport default function () {\n  throw new Error("here")\n}\n'
  const { version } = (await admin('PUT', `${functions}/fails`, { ...route, source })).json as { version: string }
  const { bundle, sourceMap } = (await store.getFunctionVersion('shop', 'fails', version))!
  const map = JSON.parse(sourceMap) as { version: number, sources: string[], sourcesContent: string[] }
  t.equal(map.version, 3)
  t.equal(map.sourcesContent[map.sources.indexOf('fails.ts')], source)
  const { SourceMap } = await import('node:module')
  const line = bundle.split('\n').findIndex(text => text.includes('new Error'))
  const found = new SourceMap(JSON.parse(sourceMap)).findEntry(line, bundle.split('\n')[line]!.indexOf('throw'))
  t.match(found, { originalSource: 'fails.ts', originalLine: 2, originalColumn: 2 })
})

t.test('exactly one form, of well-named files', async t => {
  const { admin, store } = await start(t)
  const source = 'export default () => 1'
  const put = async (body: object): Promise<unknown> => await admin('PUT', `${functions}/sum`, { ...route, ...body })
  const refused: Array<[body: object, pointer: string]> = [
    [{}, '/source'],
    [{ entrypoint: 'a.ts' }, '/source'],
    [{ source, files: { 'a.ts': source } }, '/files'],
    [{ source, entrypoint: 'a.ts' }, '/entrypoint'],
    [{ files: { 'a.ts': source } }, '/entrypoint'],
    [{ files: { 'a.ts': source }, entrypoint: 'b.ts' }, '/entrypoint'],
    [{ files: { 'a.ts': source, 'b.json': '1' }, entrypoint: 'b.json' }, '/entrypoint'],
    [{ files: { 'a.ts': source }, entrypoint: 'toString' }, '/entrypoint'],
    [{ files: {}, entrypoint: 'a.ts' }, '/files'],
    [{ files: { 'a.ts': 7 }, entrypoint: 'a.ts' }, '/files/a.ts'],
    [{ files: [source], entrypoint: '0' }, '/files'],
    ...['/a.ts', '../a.ts', 'a/../b.ts', './a.ts', 'a//b.ts', 'a\\b.ts', 'a.txt', 'a', 'a b.ts', 'é.ts', `${'a'.repeat(198)}.ts`].map((name): [object, string] =>
      [{ files: { 'ok.ts': source, [name]: source }, entrypoint: 'ok.ts' }, `/files/${name.replaceAll('/', '~1')}`]),
    [{ files: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}.ts`, source])), entrypoint: 'f0.ts' }, '/files'],
    [{ files: { 'a.ts': `${source}//${'x'.repeat(600_000)}`, 'b.ts': `//${'x'.repeat(600_000)}` }, entrypoint: 'a.ts' }, '/files'],
    [{ source: `${source}//${'ü'.repeat(600_000)}` }, '/source']
  ]
  for (const [body, pointer] of refused) {
    t.match(await put(body), { status: 400, json: { code: 'validation_failed', errors: [{ pointer }] } }, JSON.stringify(body).slice(0, 80))
  }
  t.equal(await store.revision(), 1)
})
