import { existsSync } from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import t from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { startRegistry, type TestRegistry } from '../support/registry.ts'

type Test = Parameters<typeof startControlPlane>[0]

const place = '/api-gateways/shop/functions/f'

async function start (t: Test, registry: TestRegistry): Promise<ControlPlane> {
  const plane = await startControlPlane(t, { npmRegistry: registry.url })
  await plane.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return plane
}

function draft (dependencies: object, source: string): object {
  return { methods: ['GET'], path: '/', entrypoint: 'main.ts', files: { 'main.ts': source, 'package.json': JSON.stringify({ dependencies }) } }
}

/** Runs the newest version's bundle as a data plane does, and calls it. */
async function run ({ store }: ControlPlane): Promise<unknown> {
  const { latestVersion } = (await store.getFunction('shop', 'f'))!
  const { bundle } = (await store.getFunctionVersion('shop', 'f', latestVersion))!
  const context = vm.createContext({})
  vm.runInContext(bundle, context)
  return JSON.parse(vm.runInContext('JSON.stringify(__imprunExports.default())', context) as string)
}

t.test('packages are bundled: ES modules, CommonJS, JSON, exports, browser fields, and each with the version that it asks for', async t => {
  const registry = await startRegistry(t)
  registry.publish({ name: 'common', version: '1.0.0', main: './lib/main', dependencies: { inner: '1' } }, {
    'lib/main.js': 'exports.inner = require("inner"); exports.data = require("./data.json"); exports.env = process.env.NODE_ENV',
    'lib/data.json': '{"n": 7}'
  })
  registry.publish({ name: 'inner', version: '1.4.0' }, { 'index.js': 'module.exports = "inner 1"' })
  registry.publish({ name: 'inner', version: '2.0.0', type: 'module', exports: './i.js' }, { 'i.js': 'export default "inner 2"; import.meta' })
  registry.publish({ name: '@scope/esm', version: '3.2.1', type: 'module', exports: { '.': { worker: './worker.js', default: './node.js' }, './sub': './lib/sub.mjs' }, imports: { '#x': './lib/x.js' } }, {
    'worker.js': 'import x from "#x"; export const name = `worker ${x}`',
    'node.js': 'import fs from "node:fs"; export const name = fs',
    'lib/sub.mjs': 'export { name as sub } from "../worker.js"',
    'lib/x.js': 'export default "x"'
  })
  registry.publish({ name: 'isomorphic', version: '1.0.0', main: 'node.js', browser: { './node.js': './browser.js', './util.node.js': false, fs: false, inner: false } }, {
    'node.js': 'module.exports = require("fs")',
    'browser.js': 'module.exports = [require("./util.node"), require("fs"), require("inner"), typeof require("./plain")]',
    'util.node.js': 'module.exports = require("util").inspect',
    'plain.js': 'module.exports = function () {}; try { require("not-installed") } catch (error) { module.exports.code = error.code }'
  })
  const plane = await start(t, registry)
  const saved = await plane.admin('PUT', place, draft({ common: '^1.0.0', inner: '>=2', '@scope/esm': '3.x', isomorphic: 'latest', other: 'npm:inner@1' }, `
    import * as common from 'common'
    import inner from 'inner'
    import { name } from '@scope/esm'
    import { sub } from '@scope/esm/sub'
    import isomorphic from 'isomorphic'
    import other from 'other'
    export default function (): unknown { return [common, inner, name, sub, isomorphic, other] }`))
  t.equal(saved.status, 201, saved.text)
  t.match(await run(plane), [
    { inner: 'inner 1', data: { n: 7 }, env: 'production' }, 'inner 2', 'worker x', 'worker x', [{}, {}, {}, 'function'], 'inner 1'
  ])
  const { dependencies } = (await plane.admin('GET', place)).json as { dependencies: object[] }
  t.match(dependencies, [
    { path: 'node_modules/@scope/esm', name: '@scope/esm', version: '3.2.1', integrity: /^sha512-/ },
    { path: 'node_modules/common', name: 'common', version: '1.0.0' },
    { path: 'node_modules/common/node_modules/inner', name: 'inner', version: '1.4.0' },
    { path: 'node_modules/inner', name: 'inner', version: '2.0.0' },
    { path: 'node_modules/isomorphic', name: 'isomorphic', version: '1.0.0' },
    { path: 'node_modules/other', name: 'inner', version: '1.4.0' }
  ])
  t.strictSame((await plane.admin('GET', `${place}/versions`)).json, {
    items: [{
      id: (saved.json as { version: string }).version,
      number: 1,
      author: 'admin',
      message: '',
      methods: ['GET'],
      path: '/',
      timeoutMs: 10_000,
      limits: effectiveLimits(),
      schedules: [],
      entrypoint: 'main.ts',
      dependencies,
      createdAt: '2030-01-01T00:00:00.000Z'
    }],
    nextCursor: null
  })
})

t.test('the same packages make the same version and the same bundle anywhere, in which nothing tells where it was built', async t => {
  const registry = await startRegistry(t)
  registry.publish({ name: 'a', version: '1.0.0' }, { 'index.js': '// a secret remark\nmodule.exports = function fails () {\n  throw new Error("here")\n}' })
  const made = []
  for (let n = 0; n < 2; n++) {
    const plane = await start(t, registry)
    const { version } = (await plane.admin('PUT', place, draft({ a: '1' }, 'import a from "a"\nexport default () => a()'))).json as { version: string }
    made.push(await plane.store.getFunctionVersion('shop', 'f', version))
  }
  t.strictSame(made[0], made[1])
  const { bundle, sourceMap } = made[0]!
  t.notMatch(bundle + sourceMap, /imprun-packages|\/tmp/)
  const map = JSON.parse(sourceMap) as { sources: string[], sourcesContent: Array<string | null> }
  const content = Object.fromEntries(map.sources.map((source, index) => [source, map.sourcesContent[index]]))
  t.equal(content['node_modules/a/index.js'], null, 'the text of packages stays out of the map')
  t.match(content['main.ts'], /import a from "a"/)
})

t.test('no script of a package is run', async t => {
  const registry = await startRegistry(t)
  const folder = t.testdir()
  const scripts = Object.fromEntries(['preinstall', 'install', 'postinstall', 'prepare', 'prepack', 'dependencies'].map(name =>
    [name, `${process.execPath} -e "require('fs').writeFileSync('${path.join(folder, name)}', '')"`]))
  registry.publish({ name: 'scripted', version: '1.0.0', scripts, hasInstallScript: true }, { 'index.js': 'module.exports = 1' })
  const plane = await start(t, registry)
  t.equal((await plane.admin('PUT', place, draft({ scripted: '*' }, 'import one from "scripted"\nexport default () => one'))).status, 201)
  t.equal(await run(plane), 1)
  t.strictSame(Object.keys(scripts).filter(name => existsSync(path.join(folder, name))), [])
})

t.test('what is no runtime dependency is not fetched', async t => {
  const registry = await startRegistry(t)
  registry.publish({
    name: 'a', version: '1.0.0', optionalDependencies: { '@a/linux-x64': '1.0.0' }, devDependencies: { tester: '1' },
    peerDependencies: { peer: '1', maybe: '1' }, peerDependenciesMeta: { maybe: { optional: true } }
  }, { 'index.js': '' })
  registry.publish({ name: '@a/linux-x64', version: '1.0.0', os: ['linux'], cpu: ['x64'] })
  registry.publish({ name: 'peer', version: '1.1.0' })
  registry.publish({ name: 'tester', version: '1.0.0' })
  registry.publish({ name: 'maybe', version: '1.0.0' })
  const plane = await start(t, registry)
  await plane.admin('PUT', place, {
    ...draft({}, ''),
    files: {
      'main.ts': 'import "a"\nexport default () => 1',
      'package.json': JSON.stringify({ dependencies: { a: '1' }, devDependencies: { tester: '1' }, optionalDependencies: { maybe: '1' }, scripts: { install: 'false' } })
    }
  })
  const { dependencies } = (await plane.admin('GET', place)).json as { dependencies: Array<{ path: string }> }
  t.strictSame(dependencies.map(({ path }) => path), ['node_modules/a', 'node_modules/peer'])
  t.strictSame(registry.takeRequests().filter(asked => asked.endsWith('.tgz')).sort(), ['/a/-/1.0.0.tgz', '/peer/-/1.1.0.tgz'])
})
