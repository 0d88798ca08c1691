import t from 'tap'
import type { Store } from '../../control-plane/store/store.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'

const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }
const fn = (value: number): object => ({ methods: ['GET'], path: '/a', source: `export default () => ${value}` })

t.test('what others change between reading and writing is seen', async t => {
  let interfere = async (): Promise<void> => undefined
  const { admin, url, store } = await startControlPlane(t, {
    wrapStore: (store: Store) => ({
      ...store,
      writeTogether: async writes => {
        const once = interfere
        interfere = async () => undefined
        await once()
        return await store.writeTogether(writes)
      }
    })
  })
  const { import: write } = declarationsOf(url)
  await write('shop', { ...head, functions: { a: fn(1) } })
  const { headers: { etag } } = await admin('GET', '/api-gateways/shop')
  interfere = async () => { await admin('PUT', '/api-gateways/shop/functions/a', fn(2)) }
  t.strictSame(changesOf((await write('shop', { ...head, functions: { a: fn(3) } })).json), ['changed function a /files/a.ts', 'changed route dev/a /versionId'])
  t.match((await admin('GET', '/api-gateways/shop/functions/a/versions')).json, { items: [{ number: 3 }, { number: 2 }, { number: 1 }] })
  interfere = async () => { await admin('PUT', '/api-gateways/shop/functions/a', fn(4)) }
  t.match((await write('shop', { ...head, name: 'Changed', functions: { a: fn(4) } })).json, { changed: true })
  interfere = async () => { await admin('PATCH', '/api-gateways/shop', { name: 'Theirs' }) }
  t.match(await write('shop', { ...head, name: 'Mine' }, '', { 'if-match': String((await admin('GET', '/api-gateways/shop')).headers.etag) }), { status: 412 })
  t.match((await admin('GET', '/api-gateways/shop')).json, { name: 'Theirs' })
  t.not((await admin('GET', '/api-gateways/shop')).headers.etag, etag)
  interfere = async () => { await admin('DELETE', '/api-gateways/shop') }
  t.match(await write('shop', { ...head, name: 'Mine' }), { status: 201 }, 'it is made anew')
  t.match(await store.listFunctions('shop', { limit: 1, after: null }), { items: [] })
})
