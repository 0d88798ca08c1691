import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

interface Page { items: Array<{ id?: string, name?: string, number?: number }>, nextCursor: string | null }

async function readAll (admin: Admin, path: string, limit: number): Promise<Page['items'][]> {
  const pages: Page['items'][] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = (await admin('GET', `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`)).json as Page
    pages.push(page.items)
    cursor = page.nextCursor
  }
  return pages
}

t.test('every list is read page by page, whatever is made or deleted meanwhile', async t => {
  const { admin } = await startControlPlane(t)
  for (const id of ['aaa', 'bbb', 'ccc', 'ddd', 'eee']) await admin('POST', '/api-gateways', { id, name: id })
  t.strictSame((await readAll(admin, '/api-gateways', 2)).map(page => page.map(({ id }) => id)), [['aaa', 'bbb'], ['ccc', 'ddd'], ['eee']])
  t.strictSame((await readAll(admin, '/api-gateways', 5)).length, 1)

  const first = (await admin('GET', '/api-gateways?limit=2')).json as Page
  await admin('DELETE', '/api-gateways/bbb')
  await admin('POST', '/api-gateways', { id: 'aab', name: 'aab' })
  t.match((await admin('GET', `/api-gateways?limit=2&cursor=${first.nextCursor}`)).json, { items: [{ id: 'ccc' }, { id: 'ddd' }] })
})

t.test('what is in a gateway is paged, too', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const environment = '/api-gateways/shop/environments/dev'
  for (const n of [1, 2, 3]) {
    await admin('POST', `${environment}/clients`, { name: `Client ${n}` })
    await admin('PUT', `${environment}/variables/NAME_${n}`, { value: '' })
    await admin('PUT', `/api-gateways/shop/functions/f${n}`, { methods: ['GET'], path: `/${n}`, source: 'export default () => 1' })
    await admin('PUT', '/api-gateways/shop/functions/changing', { methods: ['GET'], path: '/changing', source: `export default () => ${n}` })
  }
  const sizes = async (path: string): Promise<number[]> => (await readAll(admin, path, 2)).map(page => page.length)
  t.strictSame(await sizes('/api-gateways/shop/environments'), [2, 1])
  t.strictSame(await sizes(`${environment}/clients`), [2, 1])
  t.strictSame(await sizes(`${environment}/variables`), [2, 1])
  t.strictSame(await sizes('/api-gateways/shop/functions'), [2, 2])
  t.strictSame((await readAll(admin, '/api-gateways/shop/functions/changing/versions', 2)).map(page => page.map(({ number }) => number)), [[3, 2], [1]])
  t.strictSame((await readAll(admin, `${environment}/releases`, 4)).map(page => page.map(({ number }) => number)), [[6, 5, 4, 3], [2, 1]])
})

t.test('a wrong limit or cursor is refused', async t => {
  const { admin } = await startControlPlane(t)
  for (const limit of ['0', '201', '-1', '1.5', 'many', '', '1e2x']) {
    t.match(await admin('GET', `/api-gateways?limit=${limit}`), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/query/limit' }] } }, `limit ${limit}`)
  }
  for (const cursor of ['', '!', 'YWFh=', 'YWF', '%00', 'AA', '%ff', Buffer.from('a b').toString('base64url'), 'A'.repeat(501)]) {
    t.match(await admin('GET', `/api-gateways?cursor=${cursor}`), { status: 400, json: { errors: [{ pointer: '/query/cursor' }] } }, `cursor ${cursor.slice(0, 10)}`)
  }
  t.match(await admin('GET', '/api-gateways?limit=1&limit=2'), { status: 400 })
  t.match(await admin('GET', '/api-gateways?page=2'), { status: 400, json: { errors: [{ pointer: '/query/page', detail: 'is not a known field' }] } })
})

t.test('a cursor of another list leads nowhere, and breaks nothing', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const cursor = Buffer.from('not-a-number').toString('base64url')
  t.match(await admin('GET', `/api-gateways/shop/environments/dev/releases?cursor=${cursor}`), { status: 200, json: { items: [], nextCursor: null } })
})
