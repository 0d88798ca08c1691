import { existsSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import t from 'tap'
import { Packages } from '../../control-plane/packages/packages.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { startRegistry } from '../support/registry.ts'
import { temporaryFilesIn } from '../support/temporary-files.ts'

const place = '/api-gateways/shop/functions/f'

function draft (dependencies: object, source = 'import a from "a"\nexport default () => a'): object {
  return { methods: ['GET'], path: '/', entrypoint: 'main.ts', files: { 'main.ts': source, 'package.json': JSON.stringify({ dependencies }) } }
}

t.test('publishing again keeps the packages, until other ones are asked for', async t => {
  const registry = await startRegistry(t)
  for (const version of ['1.0.0', '1.1.0']) registry.publish({ name: 'b', version })
  registry.publish({ name: 'a', version: '1.0.0', dependencies: { b: '~1.0.0' } }, { 'index.js': 'module.exports = 1' })
  const { admin, store } = await startControlPlane(t, { npmRegistry: registry.url })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const save = async (body: object, query = ''): Promise<{ version: string, locked: string }> => {
    const saved = await admin('PUT', place + query, body)
    t.match(saved, { status: /20[01]/ }, saved.text)
    const { version, dependencies } = (await admin('GET', place)).json as { version: string, dependencies: Array<{ name: string, version: string }> }
    return { version, locked: dependencies.map(({ name, version }) => `${name}@${version}`).join(' ') }
  }
  const first = await save(draft({ a: '^1.0.0' }))
  t.equal(first.locked, 'a@1.0.0 b@1.0.0')
  registry.publish({ name: 'a', version: '1.5.0' }, { 'index.js': 'module.exports = 2' })
  registry.publish({ name: 'b', version: '1.0.9' })
  registry.takeRequests()

  const revision = await store.revision()
  t.strictSame(await save(draft({ a: '^1.0.0' })), first)
  t.equal(await store.revision(), revision)
  const edited = await save(draft({ a: '^1.0.0' }, 'import a from "a"\nexport default () => [a]'))
  t.not(edited.version, first.version)
  t.equal(edited.locked, first.locked)
  t.strictSame(registry.takeRequests(), [], 'the registry is not needed for what is known')

  const updated = await save(draft({ a: '^1.0.0' }), '?updateDependencies=true')
  t.equal(updated.locked, 'a@1.5.0')
  t.not(updated.version, first.version, 'other packages, another version')
  t.strictSame(await save(draft({ a: '^1.0.0' })), updated)
  t.equal((await save(draft({ a: '^1.0.0', b: '1' }))).locked, 'a@1.5.0 b@1.0.9', 'other dependencies are resolved anew')
  t.equal((await save(draft({ a: '1.0.0' }))).locked, 'a@1.0.0 b@1.0.9')
  t.equal((await save(draft({}, 'export default () => 1'), '?updateDependencies=true')).locked, '')
  t.match(await admin('PUT', `${place}?updateDependencies=maybe`, draft({})), { status: 400 })
})

t.test('a lock brings exactly what was locked, or nothing', async t => {
  const registry = await startRegistry(t)
  registry.publish({ name: 'b', version: '1.0.0' }, { 'index.js': 'module.exports = "first"' })
  registry.publish({ name: 'a', version: '1.0.0', dependencies: { b: '1' } })
  const packages = (): Packages => {
    const made = new Packages({ registry: registry.url })
    t.teardown(async () => await made.close())
    return made
  }
  const { locked, release } = await packages().resolve({ a: '*' })
  release()
  registry.publish({ name: 'b', version: '1.0.1' })
  const again = await packages().install(locked)
  again.release()
  t.strictSame(again.locked, locked)
  t.strictSame([...again.files].filter(file => file.includes('/b/')), ['node_modules/b/index.js', 'node_modules/b/package.json'])

  registry.publish({ name: 'b', version: '1.0.0' }, { 'index.js': 'module.exports = "another"' })
  const refused = { code: 'build_failed', message: /^b@1\.0\.0 is not what its integrity says/ }
  await t.rejects(packages().install(locked), refused, 'the registry says that it is something else')
  registry.publish({ name: 'b', version: '1.0.0' }, { 'index.js': 'module.exports = "another"' }, { integrity: locked.at(-1)!.integrity })
  await t.rejects(packages().install(locked), refused, 'the registry says that it is the same')
  await t.rejects(packages().resolve({ b: '1.0.0' }), refused)
})

t.test('folders are their owner\'s alone, kept for the next build, and gone at the end or after a failure', async t => {
  const registry = await startRegistry(t)
  const folder = temporaryFilesIn(t)
  registry.publish({ name: 'a', version: '1.0.0' })
  const packages = new Packages({ registry: registry.url })
  const first = await packages.resolve({ a: '1' })
  t.ok(first.folder.startsWith(folder))
  t.equal(statSync(first.folder).mode & 0o777, 0o700)
  first.release()
  const second = await packages.install(first.locked)
  t.equal(second.folder, first.folder)
  await t.rejects(packages.resolve({ nobody: '1' }), { code: 'build_failed' })
  t.equal((await readdir(folder)).length, 1)
  await packages.close()
  t.ok(existsSync(first.folder), 'somebody still builds with it')
  second.release()
  await packages.close()
  t.strictSame(await readdir(folder), [])
})
