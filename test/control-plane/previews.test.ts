import t from 'tap'
import { openCanaryShop, staging } from '../support/canary-shop.ts'

const previews = `${staging}/previews`

t.test('previews are listed, extended and deleted', async t => {
  const { admin, clock, release } = await openCanaryShop(t)
  await release(2, { preview: true, note: 'Two' })
  clock.advance(1_000)
  await release(3, { preview: true, note: 'Three' })
  const two = { release: 2, domain: 'shop-staging--2.api.localhost', expiresAt: '2030-01-08T00:00:00.000Z', basedOn: 1, note: 'Two', author: 'admin', createdAt: '2030-01-01T00:00:00.000Z' }
  const first = (await admin('GET', `${previews}?limit=1`)).json as { items: unknown[], nextCursor: string }
  t.strictSame(first.items, [two])
  t.match((await admin('GET', `${previews}?limit=1&cursor=${first.nextCursor}`)).json, { items: [{ release: 3, note: 'Three' }], nextCursor: null })
  const read = await admin('GET', `${previews}/2`)
  t.strictSame(read.json, two)
  const ifMatch = { 'if-match': String(read.headers.etag) }
  t.match(await admin('PATCH', `${previews}/2`, { expiresAt: '2030-01-20T01:00:00+01:00' }, ifMatch), { status: 200, headers: { 'x-imprun-revision': /^\d+$/ }, json: { expiresAt: '2030-01-20T00:00:00.000Z' } })
  t.match(await admin('DELETE', `${previews}/2`, undefined, ifMatch), { status: 412 })
  t.match(await admin('DELETE', `${previews}/2`), { status: 204, headers: { 'x-imprun-revision': /^\d+$/ } })
  t.match(await admin('GET', `${previews}/2`), { status: 404, json: { code: 'preview_not_found' } })
  t.match(await admin('GET', `${staging}/releases/2`), { status: 404, json: { code: 'release_not_found' } }, 'its release has gone with it')
  t.match((await admin('GET', previews)).json, { items: [{ release: 3 }] })
})

t.test('it expires in the future, within 30 days', async t => {
  const { admin, release } = await openCanaryShop(t)
  await release(2, { preview: true })
  for (const expiresAt of ['2030-01-01T00:00:00Z', '2030-01-31T00:00:01Z', '2030-02-30T00:00:00Z', 'soon', null]) {
    t.match(await admin('PATCH', `${previews}/2`, { expiresAt }), { status: 400, json: { errors: [{ pointer: '/expiresAt' }] } }, String(expiresAt))
  }
  t.match(await admin('PATCH', `${previews}/2`, { expiresAt: '2030-01-31T00:00:00Z' }), { status: 200 })
})

t.test('an environment has 50 of them, not counting those that have expired', async t => {
  const { admin, clock, release } = await openCanaryShop(t)
  for (let made = 0; made < 50; made++) await release(2, { preview: true, expiresInSeconds: made === 0 ? 60 : 3_600 })
  t.match(await release(2, { preview: true }), { status: 409, json: { code: 'preview_limit_reached', detail: /delete one/ } })
  t.match(await release(2), { status: 201 }, 'for anything else there is room')
  clock.advance(60_000)
  t.match(await release(3, { preview: true }), { status: 201 })
  t.match(await release(3, { preview: true }), { status: 409 })
  await admin('DELETE', `${previews}/5`)
  t.match(await release(3, { preview: true }), { status: 201 })
})
