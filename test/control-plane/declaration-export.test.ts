import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'
import { makeShop } from '../support/declared-shop.ts'

t.test('a gateway is one document that a person can read', async t => {
  const { admin, url } = await startControlPlane(t)
  const versions = await makeShop(admin)
  const answer = await declarationsOf(url).export('shop')
  t.match(answer, { status: 200, headers: { 'content-type': 'application/yaml; charset=utf-8', vary: 'accept' } })
  t.equal(answer.text, `# Secrets are here by name alone, and keys of clients not at all.

apiVersion: imprun/v1
kind: ApiGateway
id: shop
name: Shop
description: Sells things
defaultEnvironment: prod
config:
  plugins:
    limit-count:
      count: 100
      windowSeconds: 60
environments:
  - name: dev
    config:
      plugins: {}
    variables:
      CURRENCY: EUR
      NUMBER: "8080"
    secrets:
      - TOKEN
    upstreams:
      orders:
        url: https://orders.example.com/v2
        timeouts:
          totalMs: 5000
    clients:
      - name: Mobile
        description: The app
        enabled: false
        expiresAt: 2031-01-01T00:00:00.000Z
      - name: Web
        description: ""
        enabled: true
        expiresAt: null
    serves:
      late: null
  - name: staging
    config:
      plugins: {}
    variables: {}
    secrets: []
    upstreams: {}
    clients: []
    serves:
      list: ${versions.list}
  - name: prod
    config:
      plugins:
        cors:
          allowOrigins:
            - https://shop.example.com
    variables: {}
    secrets: []
    upstreams: {}
    clients: []
functions:
  late:
    methods:
      - GET
    path: /late
    entrypoint: late.ts
    files:
      late.ts: export default () => 'late'
  list:
    methods:
      - GET
      - POST
    path: /list/:id
    timeoutMs: 500
    schedules:
      - name: nightly
        cron: 0 3 * * *
        timeZone: UTC
    entrypoint: index.ts
    files:
      index.ts: |
        import { two } from './lib/two.ts'

        export default function () {
          return two // a comment: with "quotes"
        }
      lib/two.ts: |-
        export const two =
          2
`)
})

t.test('whoever prefers JSON gets the same as JSON', async t => {
  const { admin, url } = await startControlPlane(t)
  await makeShop(admin)
  const { export: read, import: write } = declarationsOf(url)
  for (const accept of ['application/json', 'application/yaml;q=0.5, application/json', 'application/*;q=0.1, application/json;q=0.2']) {
    const answer = await read('shop', { accept })
    t.match(answer, { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, json: { kind: 'ApiGateway', functions: { list: { path: '/list/:id' } } } }, accept)
    t.strictSame(changesOf((await write('shop', answer.json as object)).json), [])
  }
  for (const accept of ['*/*', 'text/html, */*;q=0.1', 'application/json;q=0.5, application/yaml', 'application/json;q=nonsense']) {
    t.match(await read('shop', { accept }), { headers: { 'content-type': 'application/yaml; charset=utf-8' } }, accept)
  }
})

t.test('an export has a tag that changes with whatever it shows', async t => {
  const { admin, url } = await startControlPlane(t)
  await makeShop(admin)
  const { export: read } = declarationsOf(url)
  const { headers: { etag } } = await read('shop')
  t.equal((await read('shop')).headers.etag, etag)
  t.not((await read('shop', { accept: 'application/json' })).headers.etag, etag)
  t.match(await read('shop', { 'if-none-match': String(etag) }), { status: 304, text: '' })
  await admin('PUT', '/api-gateways/shop/environments/prod/variables/A', { value: '1' })
  t.equal((await read('shop', { 'if-none-match': String(etag) })).status, 200)
})

t.test('functions with the same files say them once', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const files = { 'a.ts': 'export default () => 1\n// a\n', 'b.ts': 'export default () => 2\n// b\n' }
  for (const name of ['a', 'b']) await admin('PUT', `/api-gateways/shop/functions/${name}`, { methods: ['GET'], path: `/${name}`, files, entrypoint: `${name}.ts` })
  const { export: read, import: write } = declarationsOf(url)
  const { text } = await read('shop')
  t.match(text, /files: &files1\n/)
  t.match(text, /files: \*files1\n/)
  const changed = text.replace('=> 1', '=> 3')
  t.strictSame(changesOf((await write('shop', changed)).json), [
    'changed function a /files/a.ts', 'changed function b /files/a.ts', 'changed route dev/a /versionId', 'changed route dev/b /versionId'
  ])
})

t.test('what is too large for a document is not exported', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const name of ['a', 'b', 'c']) {
    await admin('PUT', `/api-gateways/shop/functions/${name}`, { methods: ['GET'], path: `/${name}`, source: `export default () => 1 // ${name.repeat(900_000)}` })
  }
  t.match(await declarationsOf(url).export('shop'), { status: 409, json: { code: 'document_too_large' } })
  t.match(await declarationsOf(url).export('nope'), { status: 404, json: { code: 'api_gateway_not_found' } })
})
