import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Answer } from '../support/http.ts'
import { startRegistry, type Manifest } from '../support/registry.ts'

/** Saves a function that uses the package, and gives the way to save it again with other sources: by then the packages are known. */
async function start (
  t: Parameters<typeof startControlPlane>[0], manifest: Manifest, files: Record<string, string>
): Promise<(source: string) => Promise<Answer>> {
  const registry = await startRegistry(t)
  registry.publish(manifest, files)
  const { admin } = await startControlPlane(t, { npmRegistry: registry.url })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const save = async (source: string): Promise<Answer> => await admin('PUT', '/api-gateways/shop/functions/f', {
    methods: ['GET'],
    path: '/',
    entrypoint: 'main.ts',
    files: { 'main.ts': source, 'package.json': JSON.stringify({ dependencies: { [manifest.name]: '1' } }) }
  })
  t.equal((await save(`import '${manifest.name}/fine.js'\nexport default () => 1`)).status, 201)
  return save
}

t.test('what a package imports beyond its reach is told with its name', async t => {
  const save = await start(t, { name: 'needy', version: '1.0.0' }, {
    'fine.js': '',
    'fs.js': 'import fs from "fs"; export default fs',
    'node.js': 'exports.x = require("node:crypto")',
    'gone.js': 'import "./gone-file.js"',
    'secret.js': 'export { default } from "../../../../../../../../etc/secret.json"',
    'absolute.js': 'export { default } from "/etc/secret.json"',
    'url.js': 'import "https://example.com/x.js"',
    'broken.js': '\nlet let = 1',
    'other.js': 'import "undeclared-by-all"'
  })
  const cases: Array<[specifier: string, error: object]> = [
    ['needy/fs.js', { detail: 'The package "needy" needs "fs", a module of Node.js, which functions do not have', file: 'node_modules/needy/fs.js', line: 1, column: 16 }],
    ['needy/node.js', { detail: /The package "needy" needs "node:crypto", a module of Node\.js/ }],
    ['needy/gone.js', { detail: 'The package "needy" needs "./gone-file.js", which cannot be found' }],
    ['needy/secret.js', { detail: /which cannot be found$/ }],
    ['needy/absolute.js', { detail: /"\/etc\/secret\.json" cannot be imported/ }],
    ['needy/url.js', { detail: /cannot be imported/ }],
    ['needy/broken.js', { file: 'node_modules/needy/broken.js', line: 2, column: 5 }],
    ['needy/other.js', { detail: /"undeclared-by-all", which cannot be found/ }]
  ]
  for (const [specifier, error] of cases) {
    t.match(await save(`import '${specifier}'\nexport default () => 1`), {
      status: 400, json: { code: 'build_failed', errors: [{ pointer: '/files/package.json', ...error }] }
    }, specifier)
  }
  const own: Array<[specifier: string, detail: RegExp]> = [
    ['undeclared', /"undeclared" is not among the dependencies in package\.json/],
    ['needy/none.js', /"needy\/none\.js" cannot be found in its package/],
    ['fs', /"fs" is a module of Node\.js/],
    ['node:fs', /"node:fs" is a module of Node\.js/],
    ['needy/../../../etc/x.json', /cannot be found/],
    ['/etc/x.json', /cannot be imported/],
    ['#internal', /not among/]
  ]
  for (const [specifier, detail] of own) {
    t.match(await save(`import '${specifier}'\nexport default () => 1`), {
      status: 400, json: { code: 'build_failed', errors: [{ pointer: '/files/main.ts', file: 'main.ts', line: 1, detail }] }
    }, specifier)
  }
})

t.test('a source map comment in a package reads nothing from the disk', async t => {
  const folder = t.testdir({ 'x.map': JSON.stringify({ version: 3, sources: ['x'], sourcesContent: ['secret'], names: [], mappings: 'AAAA' }) })
  const save = await start(t, { name: 'mapped', version: '1.0.0' }, {
    'fine.js': '', 'index.js': `module.exports = 1\n//# sourceMappingURL=file://${folder}/x.map\n`
  })
  t.equal((await save('import one from "mapped"\nexport default () => one')).status, 200)
})
