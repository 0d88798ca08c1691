import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

const gateway = '/api-gateways/shop'

t.test('two environments are compared in all that they differ in', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop', config: { plugins: { 'limit-count': { count: 1, windowSeconds: 1 } } } })
  const save = async (name: string, files: Record<string, string>): Promise<unknown> =>
    await admin('PUT', `${gateway}/functions/${name}`, { methods: ['GET'], path: `/${name}`, files, entrypoint: 'index.ts' })
  await save('same', { 'index.ts': 'export default () => 0\n' })
  await save('list', { 'index.ts': 'import { a } from "./a"\nexport default () => a\n', 'a.ts': 'export const a = 1\n' })
  await save('old', { 'index.ts': 'export default () => 1\n' })
  await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' })
  await save('list', { 'index.ts': 'import { b } from "./b"\nexport default () => b\n', 'b.ts': 'export const b = 2\n' })
  await admin('DELETE', `${gateway}/functions/old`)
  await admin('PATCH', `${gateway}/environments/dev`, { config: { plugins: { cors: { allowOrigins: ['*'] } } } })
  for (const name of ['A', 'B']) await admin('PUT', `${gateway}/environments/dev/variables/${name}`, { value: 'hidden', secret: name === 'B' })
  for (const name of ['B', 'C']) await admin('PUT', `${gateway}/environments/staging/variables/${name}`, { value: 'hidden' })
  await admin('POST', `${gateway}/environments/dev/clients`, { name: 'Mobile' })

  const answer = await admin('GET', `${gateway}/environments/staging/diff/dev`)
  t.equal(answer.status, 200)
  t.match(answer.json, {
    a: { environment: 'staging', release: 1 },
    b: { environment: 'dev', release: 5 },
    routes: [{ change: 'changed', functionName: 'list', fields: ['versionId'] }, { change: 'removed', functionName: 'old' }],
    plugins: [{ name: 'cors', a: null, b: { allowOrigins: ['*'] } }],
    variables: { onlyInA: ['C'], onlyInB: ['A'], inBoth: ['B'] },
    clients: { onlyInA: [], onlyInB: ['Mobile'], inBoth: [] }
  })
  const { sources } = answer.json as { sources: Array<{ functionName: string, files: Array<{ path: string, change: string, patch: string }> }> }
  t.strictSame(sources.map(({ functionName, files }) => [functionName, files.map(({ path, change }) => `${change} ${path}`)]), [
    ['list', ['removed a.ts', 'added b.ts', 'changed index.ts']], ['old', ['removed index.ts']]
  ])
  const index = sources[0]!.files[2]!.patch
  t.match(index, /^--- a\/index\.ts\n\+\+\+ b\/index\.ts\n@@ -1,2 \+1,2 @@\n-import \{ a \} from "\.\/a"\n-export default \(\) => a\n\+import \{ b \}/m)
  t.match(sources[0]!.files[0]!.patch, /^\+\+\+ \/dev\/null$/m)
  t.notMatch(answer.text, /hidden/)
  t.match((await admin('GET', `${gateway}/environments/dev/diff/dev`)).json, { routes: [], sources: [], plugins: [] })
  t.match(await admin('GET', `${gateway}/environments/dev/diff/nope`), { status: 404, json: { code: 'environment_not_found' } })
})

t.test('texts that have nothing in common are not compared line by line', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const source = (tag: string): string => `${Array.from({ length: 3_000 }, (_, line) => `// ${tag} ${line}`).join('\n')}\nexport default () => 1\n`
  const save = async (text: string): Promise<unknown> => await admin('PUT', `${gateway}/functions/a`, { methods: ['GET'], path: '/a', source: text })
  await save(source('one'))
  await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev' })
  await save(source('two'))
  t.match((await admin('GET', `${gateway}/environments/staging/diff/dev`)).json, { sources: [{ functionName: 'a', files: [{ change: 'changed', patch: null }] }] })
})
