import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { declarationsOf } from '../support/declarations.ts'

const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }
const fn = { methods: ['GET'], path: '/a', source: 'export default () => 1' }

t.test('a fault in one function leaves nothing half written', async t => {
  const { url, admin, store } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const functions = { good: fn, bad: { ...fn, path: '/b', source: 'export default () => {' }, worse: { ...fn, path: '/c', files: { 'a.ts': 'let x = ;' }, entrypoint: 'a.ts', source: undefined } }
  for (const gatewayId of ['shop', 'other']) {
    const answer = await write(gatewayId, { ...head, name: 'Changed', functions })
    t.match(answer, {
      status: 400,
      json: { code: 'build_failed', errors: [{ pointer: '/functions/bad/source', file: 'bad.ts', line: 1 }, { pointer: '/functions/worse/files/a.ts', file: 'a.ts', line: 1, column: 9 }] }
    })
  }
  t.match(await write('shop', { ...head, functions: { a: fn, b: fn } }), { status: 409, json: { code: 'route_conflict', errors: [{ pointer: '/functions/b/path' }] } })
  t.equal(await store.revision(), 1)
})

t.test('what cannot be is said with its place', async t => {
  const { url, store } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  const cases: Array<[document: object, pointer: string, detail?: RegExp]> = [
    [{ ...head, surprise: 1 }, '/surprise', /not a known field/],
    [{ ...head, id: 'other' }, '/id', /must be shop/],
    [{ ...head, defaultEnvironment: 'beta' }, '/defaultEnvironment', /must be one of dev, staging, prod/],
    [{ ...head, config: { plugins: { none: {}, 'key-auth': {} } } }, '/config/plugins/none'],
    [{ ...head, environments: [{ name: 'dev', config: { plugins: { none: {}, 'key-auth': {} } } }] }, '/environments/0/config/plugins/none'],
    [{ ...head, functions: { a: { ...fn, files: { '../../etc/passwd.ts': '' }, entrypoint: 'a.ts', source: undefined } } }, '/functions/a/files/..~1..~1etc~1passwd.ts'],
    [{ ...head, functions: { b: fn, a: { ...fn, path: '/x/:id/:id' } } }, '/functions/a/path'],
    [{ ...head, functions: { a: { ...fn, entrypoint: 'x.ts' } } }, '/functions/a/entrypoint']
  ]
  for (const [document, pointer, detail = /./] of cases) {
    t.match(await write('shop', document), { status: 400, json: { code: 'validation_failed', errors: [{ pointer, detail }] } }, `${pointer} ${JSON.stringify(document).slice(0, 100)}`)
  }
  t.match(await write('shop', 'apiVersion: imprun/v1\nkind: ApiGateway\nname: Shop\nenvironments:\n  - name: dev\n    variables:\n      PORT: 8080\n'), {
    status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/environments/0/variables/PORT', detail: 'must be a string', line: 7, column: 13 }] }
  }, 'in YAML with line and column')
  t.match(await write('shop', 'name: a\nconfig: [\n'), { status: 400, json: { code: 'malformed_request', errors: [{ pointer: '', line: 3, column: 1 }] } })
  t.equal(await store.revision(), 0)
})

t.test('other bodies than documents are refused', async t => {
  const { url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  t.match(await write('shop', 'x', '', { 'content-type': 'text/plain' }), { status: 415 })
  t.match(await write('shop', '{', '', { 'content-type': 'application/json' }), { status: 400, json: { code: 'malformed_request' } })
  t.match(await write('shop', ''), { status: 400 })
  t.match(await write('shop', 'a: "\u0000"'), { status: 400 })
  t.match(await write('shop', 'x'.repeat(2 * 1024 * 1024 + 1)), { status: 413, json: { code: 'payload_too_large' } })
  t.match(await write('shop', 'name: x', '?dryrun=true'), { status: 400, json: { errors: [{ pointer: '/query/dryrun' }] } })
  t.match(await write('No', 'name: x'), { status: 400, json: { errors: [{ pointer: '/params/gatewayId' }] } })
})
