import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { createSecretBox, createSecretKey, secretPlace } from '#shared/secret-box.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

const variables = '/api-gateways/shop/environments/dev/variables'
const dev = { gatewayId: 'shop', environment: 'dev' }

t.test('a secret is written and never read back; data planes get it sealed, for its place alone', async t => {
  const secretBox = createSecretBox([createSecretKey()])
  const { admin, url, store, clock } = await startControlPlane(t, { secretBox })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = await admin('PUT', `${variables}/TOKEN`, { value: 'hunter2-ü', secret: true })
  const shown = { name: 'TOKEN', value: null, secret: true, createdAt: '2030-01-01T00:00:00.000Z', updatedAt: '2030-01-01T00:00:00.000Z' }
  t.equal(made.status, 201)
  t.strictSame(made.json, shown)
  t.strictSame((await admin('GET', `${variables}/TOKEN`)).json, shown)
  t.strictSame((await admin('GET', variables)).json, { items: [shown], nextCursor: null })

  clock.advance(1)
  await admin('PUT', `${variables}/PLAIN`, { value: 'seen' })
  t.match((await admin('PUT', `${variables}/TOKEN`, { value: 'another' })).json, { secret: true, value: null, updatedAt: '2030-01-01T00:00:00.001Z' },
    'who only changes the value does not lay it open')
  const { value: sealed } = (await store.getVariable(dev, 'TOKEN'))!
  t.equal(secretBox.open(sealed, secretPlace(dev, 'TOKEN')), 'another')
  t.throws(() => secretBox.open(sealed, secretPlace({ ...dev, environment: 'prod' }, 'TOKEN')))

  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  const [sent] = feed.flatMap(message => message.type === 'environment' && message.environment === 'dev' ? [message.value] : [])
  t.strictSame([sent?.variables, sent?.secrets], [{ PLAIN: 'seen' }, { TOKEN: sealed }])
})

t.test('plain becomes secret, and a secret becomes plain with a new value alone', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${variables}/A`, { value: 'one' })
  t.match((await admin('PUT', `${variables}/A`, { value: 'one', secret: true })).json, { secret: true, value: null })
  t.match(await admin('PUT', `${variables}/A`, { secret: false }), { status: 400, json: { errors: [{ pointer: '/value' }] } })
  t.match((await store.getVariable(dev, 'A'))!, { secret: true })
  t.match((await admin('PUT', `${variables}/A`, { value: 'two', secret: false })).json, { secret: false, value: 'two' })
  t.match(await admin('PUT', `${variables}/A`, { value: 'two', secret: 'yes' }), { status: 400, json: { errors: [{ pointer: '/secret' }] } })
  t.match(await admin('PUT', `${variables}/A`, { value: 'ü'.repeat(16_385), secret: true }), { status: 400, json: { errors: [{ pointer: '/value' }] } })
  t.equal((await admin('PUT', `${variables}/A`, { value: 'ü'.repeat(16_384), secret: true })).status, 200)
})

t.test('promotion carries neither secrets nor variables', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${variables}/TOKEN`, { value: 'hunter2', secret: true })
  await admin('PUT', `${variables}/PLAIN`, { value: 'seen' })
  await admin('PUT', '/api-gateways/shop/functions/hello', { methods: ['GET'], path: '/', source: 'export default ctx => ctx.env.TOKEN' })
  t.equal((await admin('POST', '/api-gateways/shop/environments/prod/releases', { from: 'dev', force: true })).status, 201)
  t.strictSame((await store.listVariables({ ...dev, environment: 'prod' }, { limit: 10, after: null })).items, [])
})

t.test('its plaintext is in no file, no answer, no line of the log and no message of the feed', async t => {
  const { admin, url, dataDir, logs } = await startControlPlane(t)
  const secret = 'plaintext-of-the-secret'
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const answers = [
    await admin('PUT', `${variables}/TOKEN`, { value: secret, secret: true }),
    await admin('PUT', `${variables}/TOKEN`, { value: secret }),
    await admin('PUT', `${variables}/TOKEN`, { value: secret, secrets: true }),
    await admin('PUT', `${variables}/TOKEN`, { value: [secret], secret: true }),
    await admin('PUT', `${variables}/TOKEN`, { value: secret.repeat(2_000), secret: true }),
    await admin('PUT', `${variables}/TOKEN`, { value: secret, secret: true }, { 'if-match': '"1"' }),
    await admin('PUT', '/api-gateways/shop/environments/none/variables/TOKEN', { value: secret, secret: true }),
    await admin('GET', variables)
  ]
  t.strictSame(answers.map(({ status }) => status), [201, 200, 400, 400, 400, 412, 404, 200])
  const feed = JSON.stringify(await readFeed(t, url, { until: ({ type }) => type === 'commit' }))
  const files = await Promise.all((await readdir(dataDir)).map(async name => await readFile(path.join(dataDir, name), 'latin1')))
  const places = { logs: logs(), feed, answers: answers.map(({ text }) => text).join('\n'), files: files.join('\n') }
  for (const [place, text] of Object.entries(places)) {
    t.ok(text.includes('TOKEN'), `${place} has something of it`)
    for (const form of [secret, btoa(secret).slice(0, -4), Buffer.from(secret).toString('hex')]) t.notOk(text.includes(form), place)
  }
})
