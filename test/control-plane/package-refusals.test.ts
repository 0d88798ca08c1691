import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { startRegistry } from '../support/registry.ts'

type Test = Parameters<typeof startControlPlane>[0]
type Save = (dependencies: unknown, source?: string) => Promise<{ status: number, json: unknown, text: string }>

async function start (t: Test): Promise<{ registry: Awaited<ReturnType<typeof startRegistry>>, save: Save }> {
  const registry = await startRegistry(t)
  const { admin, store } = await startControlPlane(t, { npmRegistry: registry.url })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return {
    registry,
    save: async (dependencies, source = `import "${Object.keys(dependencies as object)[0]}"\nexport default () => 1`) => {
      const manifest = typeof dependencies === 'string' ? dependencies : JSON.stringify({ dependencies })
      const body = { methods: ['GET'], path: '/', entrypoint: 'main.ts', files: { 'main.ts': source, 'package.json': manifest } }
      const answer = await admin('PUT', '/api-gateways/shop/functions/f', body)
      if (answer.status >= 400) t.equal(await store.revision(), 1, 'nothing was written')
      return answer
    }
  }
}

t.test('only versions, ranges and tags of the registry can be asked for', async t => {
  const { registry, save } = await start(t)
  const specifiers = [
    'git+ssh://git@example.com/a.git', 'git://example.com/a', 'user/repository', 'github:user/repository', 'https://example.com/a.tgz',
    'http://127.0.0.1/a.tgz', 'file:../a', 'file:/etc', '../a', '/etc', '~/a', './a.tgz', 'npm:git+ssh://example.com/a', 'workspace:*', 'link:../a'
  ]
  for (const specifier of specifiers) {
    t.match(await save({ a: specifier }), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/files/package.json' }] } }, specifier)
  }
  for (const name of ['../a', 'node_modules', '.a', 'a b', 'a/b', '', '@a']) {
    t.match(await save({ [name]: '1' }, 'export default 1'), { status: 400, json: { errors: [{ pointer: '/files/package.json' }] } }, `"${name}"`)
  }
  for (const manifest of ['', '[]', '{"dependencies":', '{"dependencies":["a"]}', '{"dependencies":{"a":1}}', 'null']) {
    t.match(await save(manifest, 'export default 1'), { status: 400, json: { errors: [{ pointer: '/files/package.json' }] } }, manifest)
  }
  t.strictSame(registry.takeRequests(), [])
})

t.test('nor can a package of the registry ask for anything else', async t => {
  const { registry, save } = await start(t)
  for (const specifier of ['git+ssh://example.invalid/a.git', 'http://127.0.0.1:9/a.tgz', 'file:../../../etc', 'user/repository', '^7']) {
    registry.publish({ name: 'a', version: '1.0.0', dependencies: { a: specifier } })
    registry.publish({ name: 'b', version: '1.0.0', dependencies: { a: specifier } })
    t.match(await save({ b: '1' }), { status: 400, json: { code: 'build_failed', detail: /a@.*(?:registry|needs)/, errors: [{ pointer: '/files/package.json' }] } }, specifier)
  }
  t.match(await save({ nobody: '1' }), { status: 400, json: { code: 'build_failed', detail: 'nobody@1 is not in the registry.' } })
  t.match(await save({ b: '^2' }), { status: 400, json: { detail: 'No version in the registry is b@^2.' } })
  t.match(await save({ b: 'next' }), { status: 400, json: { detail: 'No version in the registry is b@next.' } })
})
