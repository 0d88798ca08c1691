import t from 'tap'
import { canaryPath, openCanaryShop } from '../support/canary-shop.ts'

t.test('a rule that makes no sense is refused, with a release and later', async t => {
  const { admin, release, store } = await openCanaryShop(t)
  const wrong: Array<[rule: object, pointer: string]> = [
    [{ weight: -1 }, '/weight'],
    [{ weight: 100.5 }, '/weight'],
    [{ weight: 33.333 }, '/weight'],
    [{ weight: '5' }, '/weight'],
    [{ weight: 0, header: null }, '/weight'],
    [{ header: '' }, '/header'],
    [{ header: 'x canary' }, '/header'],
    [{ header: 'Authorization' }, '/header'],
    [{ header: 'X-API-Key' }, '/header'],
    [{ header: 'x-consumer-username' }, '/header'],
    [{ maxErrorShare: 1.5 }, '/maxErrorShare'],
    [{ minRequests: 0 }, '/minRequests'],
    [{ windowSeconds: 9 }, '/windowSeconds'],
    [{ windowSeconds: 3_601 }, '/windowSeconds'],
    [{ release: 3 }, '/release']
  ]
  const before = await store.revision()
  for (const [rule, pointer] of wrong) t.match(await release(2, { canary: rule }), { status: 400, json: { errors: [{ pointer: `/canary${pointer}` }] } }, JSON.stringify(rule))
  t.equal(await store.revision(), before)
  await release(2, { canary: {} })
  for (const [rule, pointer] of [...wrong, [{ weight: null }, '/weight']] as typeof wrong) {
    t.match(await admin('PATCH', canaryPath, rule), { status: 400, json: { errors: [{ pointer }] } }, JSON.stringify(rule))
  }
  t.match((await admin('GET', canaryPath)).json, { canary: { weight: 5, header: 'x-canary' } })
})

t.test('a canary may be for those alone who ask for it', async t => {
  const { admin, release } = await openCanaryShop(t)
  t.equal((await release(2, { canary: { weight: 0 } })).status, 201)
  t.match((await admin('GET', canaryPath)).json, { canary: { weight: 0, header: 'x-canary' } })
  t.match(await admin('PATCH', canaryPath, { header: null }), { status: 400, json: { errors: [{ pointer: '/weight' }] } })
})

t.test('weights have two decimals, as JSON has them', async t => {
  const { admin, release } = await openCanaryShop(t)
  await release(2, { canary: {} })
  for (const weight of [0.01, 0.07, 0.29, 1.1, 16.33, 99.99, 100]) t.match(await admin('PATCH', canaryPath, { weight }), { status: 200, json: { canary: { weight } } })
})
