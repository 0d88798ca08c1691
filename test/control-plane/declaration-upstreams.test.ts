import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'

const gateway = '/api-gateways/shop'

t.test('upstreams and what goes to them are in a document, and come back from it', async t => {
  const { admin, url } = await startControlPlane(t)
  const documents = declarationsOf(url)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${gateway}/environments/dev/upstreams/orders`, { url: 'http://dev.example', timeouts: { firstByteMs: 7 } })
  await admin('PUT', `${gateway}/functions/orders`, { methods: ['GET'], path: '/orders/*', upstream: { name: 'orders', path: '/v2/*' } })
  const exported = await documents.export('shop')
  t.match(exported.text, /\n    upstreams:\n      orders:\n        url: http:\/\/dev\.example\n        timeouts:\n          firstByteMs: 7\n/)
  t.match(exported.text, /\nfunctions:\n  orders:\n    methods:\n      - GET\n    path: \/orders\/\*\n    upstream:\n      name: orders\n      path: \/v2\/\*\n$/)

  t.match((await documents.import('shop', exported.text, '?prune=true')).json, { changed: false })
  const version = ((await admin('GET', `${gateway}/functions/orders`)).json as { version: string }).version
  t.match(await documents.import('again', exported.text.replace('id: shop\n', '')), { status: 201 })
  t.equal(((await admin('GET', '/api-gateways/again/functions/orders')).json as { version: string }).version, version, 'the same content is the same version')
  t.equal((await documents.export('again')).text, exported.text.replace('id: shop', 'id: again'))

  const edited = exported.text.replace('http://dev.example', 'http://b.example').replace('path: /v2/*', 'path: /v3/*').replace('firstByteMs: 7', 'totalMs: 8')
  t.strictSame(changesOf((await documents.import('shop', edited)).json), [
    'changed upstream dev/orders /timeouts/firstByteMs /timeouts/totalMs /url', 'changed function orders /upstream', 'changed route dev/orders /upstream /versionId'
  ])
  const without = edited.replace(/    upstreams:\n      orders:\n.*\n.*\n.*\n/, '    upstreams: {}\n')
  t.strictSame(changesOf((await documents.import('shop', without)).json), ['kept upstream dev/orders'])
  t.strictSame(changesOf((await documents.import('shop', without, '?prune=true&dryRun=true')).json), ['removed upstream dev/orders'])
})

t.test('a wrong one is named by where it stands', async t => {
  const { url } = await startControlPlane(t)
  const environment = (upstreams: object) => ({ apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop', environments: [{ name: 'dev', upstreams }] })
  const pointersOf = async (upstreams: object): Promise<unknown> => {
    const answer = await declarationsOf(url).import('shop', environment(upstreams))
    return [answer.status, (answer.json as unknown as { errors: Array<{ pointer: string }> }).errors.map(({ pointer }) => pointer)]
  }
  t.strictSame(await pointersOf({ a: { url: 'http://a?q' } }), [400, ['/environments/0/upstreams/a/url']])
  t.strictSame(await pointersOf({ Not: { url: 'http://a' } }), [400, ['/environments/0/upstreams/Not']])
})
