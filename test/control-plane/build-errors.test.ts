import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'

const functions = '/api-gateways/shop/functions'
const route = { methods: ['GET'], path: '/' }

async function start (t: Parameters<typeof startControlPlane>[0]): Promise<ControlPlane> {
  const plane = await startControlPlane(t)
  await plane.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return plane
}

t.test('a syntax error is told with file, line and column', async t => {
  const { admin, store } = await start(t)
  t.match(await admin('PUT', `${functions}/f`, { ...route, source: 'const ü = "ü"; const = 1\nexport default () => ü' }), {
    status: 400,
    json: { code: 'build_failed', detail: /^f\.ts:1:22: /, errors: [{ pointer: '/source', file: 'f.ts', line: 1, column: 22, detail: /./ }] }
  })
  const files = { 'main.ts': 'import "./lib/broken"\nexport default () => 1', 'lib/broken.ts': '\n\n  let let = 1' }
  t.match(await admin('PUT', `${functions}/f`, { ...route, files, entrypoint: 'main.ts' }), {
    status: 400, json: { errors: [{ pointer: '/files/lib~1broken.ts', file: 'lib/broken.ts', line: 3, column: 7 }] }
  })
  t.equal(await store.revision(), 1)
})

t.test('only the function\'s own files can be imported', async t => {
  const { admin, dataDir } = await start(t)
  await writeFile(path.join(dataDir, 'secret.json'), '"secret"')
  const refused: Array<[specifier: string, detail: RegExp]> = [
    ['lodash', /is a package, and package\.json/],
    ['@scope/name/sub', /is a package, and package\.json/],
    ['fs', /module of Node\.js/],
    ['node:fs', /module of Node\.js/],
    [path.join(dataDir, 'secret.json'), /only the function's own files/],
    [`file://${dataDir}/secret.json`, /only the function's own files/],
    ['https://example.com/x.js', /only the function's own files/],
    ['data:text/javascript,export default 1', /only the function's own files/],
    [`../../../../../..${dataDir}/secret.json`, /There is no file/],
    ['./missing', /There is no file/],
    ['.', /There is no file/]
  ]
  for (const [specifier, detail] of refused) {
    for (const source of [`import x from '${specifier}'\nexport default () => x`, `export default async () => (await import('${specifier}')).default\n`]) {
      t.match(await admin('PUT', `${functions}/f`, { ...route, source }), {
        status: 400, json: { code: 'build_failed', errors: [{ pointer: '/source', file: 'f.ts', line: 1, detail }] }
      }, source)
    }
  }
})

t.test('a source map comment reads nothing from the disk', async t => {
  const { admin, dataDir } = await start(t)
  const file = path.join(dataDir, 'secret.map')
  await writeFile(file, JSON.stringify({ version: 3, sources: ['x'], sourcesContent: ['secret'], names: [], mappings: 'AAAA' }))
  for (const comment of [`//# sourceMappingURL=file://${file}`, `//@ sourceMappingURL=FILE://${file}`, `/*# sourceMappingURL=file://${file} */`, '//# sourceMappingURL=data:application/json,{}']) {
    t.match(await admin('PUT', `${functions}/f`, { ...route, source: `export default () => 1\n${comment}` }), {
      status: 400, json: { code: 'build_failed', errors: [{ file: 'f.ts', line: 2, detail: /source map/ }] }
    }, comment)
  }
  const saved = await admin('PUT', `${functions}/f`, { ...route, source: `export default () => 1\n//# sourceMappingURL=${file}` })
  t.equal(saved.status, 201)
})

t.test('there must be a default export', async t => {
  const { admin } = await start(t)
  for (const source of ['', 'export const handler = () => 1', 'module.exports = () => 1', 'export type default_ = 1', '// nothing']) {
    t.match(await admin('PUT', `${functions}/f`, { ...route, source }), {
      status: 400, json: { code: 'build_failed', errors: [{ pointer: '/source', detail: /export a function as default/ }] }
    }, source)
  }
  for (const source of ['export default () => 1', 'const f = () => 1\nexport { f as default }', 'export default class {}']) {
    t.match(await admin('PUT', `${functions}/f`, { ...route, source }), { status: /20[01]/ }, source)
  }
})

t.test('a bundle has a bound', async t => {
  const { admin } = await start(t)
  // Three bytes here, six in the bundle, where a line separator is written as an escape.
  const source = `export default () => "${'\u2028'.repeat(349_500)}"`
  t.match(await admin('PUT', `${functions}/f`, { ...route, source }), { status: 400, json: { code: 'build_failed', errors: [{ pointer: '/source', detail: /at most 2097152 bytes/ }] } })
})

t.test('a source that takes the compiler down is refused, and the next one is compiled', async t => {
  const { admin } = await start(t)
  const bomb = { ...route, source: `export default ${'('.repeat(520_000)}1${')'.repeat(520_000)}` }
  const [refused, beside] = await Promise.all([
    admin('PUT', `${functions}/bomb`, bomb),
    admin('PUT', `${functions}/beside`, { ...route, path: '/beside', source: 'export default () => 1' })
  ])
  t.match(refused, { status: 400, json: { code: 'build_failed', errors: [{ pointer: '/source' }] } })
  t.equal(beside.status, 201)
  t.equal((await admin('PUT', `${functions}/after`, { ...route, path: '/after', source: 'export default () => 1' })).status, 201)
})
