import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

const gateway = '/api-gateways/shop'

t.test('a version says who saved it and what for', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const save = async (value: number, message?: string) => await admin('PUT', `${gateway}/functions/a`, { methods: ['GET'], path: '/a', source: `export default () => ${value}`, ...(message && { message }) })
  await save(1, 'First')
  await save(2)
  t.equal((await save(1, 'The same as once before')).status, 200)
  t.match((await admin('GET', `${gateway}/functions/a/versions`)).json, { items: [{ number: 2, author: 'admin', message: '' }, { number: 1, author: 'admin', message: 'First' }] })
  t.match(await save(3, 'x'.repeat(501)), { status: 400, json: { errors: [{ pointer: '/message' }] } })
})

t.test('who would overwrite a newer version is told which, and which they had seen', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const save = async (value: number, ifMatch?: string) =>
    await admin('PUT', `${gateway}/functions/a`, { methods: ['GET'], path: '/a', source: `export default () => ${value}`, message: `Makes it ${value}` }, ifMatch === undefined ? {} : { 'if-match': ifMatch })
  await save(1)
  const { headers: { etag: seen }, json } = await admin('GET', `${gateway}/functions/a`)
  const theirs = await save(2, seen)
  t.equal(theirs.status, 200)
  const lost = await save(3, seen)
  t.match(lost, {
    status: 412,
    headers: { etag: theirs.headers.etag },
    json: {
      code: 'precondition_failed',
      detail: 'Version 2 by admin was saved after version 1, which you have seen.',
      current: { version: (theirs.json as { version: string }).version, number: 2, author: 'admin', message: 'Makes it 2' },
      yours: { version: (json as { version: string }).version, number: 1, message: 'Makes it 1' }
    }
  })
  t.match(await save(3, '"7"'), { status: 412, json: { current: { number: 2 }, yours: null } })
  t.match((await admin('DELETE', `${gateway}/functions/a`, undefined, { 'if-match': seen! })), { status: 412 })
  t.equal((await save(3, theirs.headers.etag)).status, 200)
})
