import t from 'tap'
import { hashApiKey } from '#shared/api-key.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'

const dev = '/api-gateways/shop/environments/dev'
const head = { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop' }

t.test('neither keys nor values of secrets are in a document, a plan or a log', async t => {
  const { admin, url, store, logs } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${dev}/variables/TOKEN`, { value: 'the-value-of-a-secret', secret: true })
  const { apiKey } = (await admin('POST', `${dev}/clients`, { name: 'Mobile' })).json as { apiKey: string }
  const ref = { gatewayId: 'shop', environment: 'dev' }
  const [client] = (await store.listClients(ref, { limit: 1, after: null })).items
  const sealed = (await store.getVariable(ref, 'TOKEN'))!.value
  const { export: read, import: write } = declarationsOf(url)
  const yaml = (await read('shop')).text
  const plan = await write('shop', yaml.replace('description: ""\n        enabled: true', 'description: changed\n        enabled: true'))
  t.strictSame(changesOf(plan.json), ['changed client dev/Mobile /description'])
  const said = [yaml, (await read('shop', { accept: 'application/json' })).text, plan.text, logs()].join('\n')
  for (const secret of ['the-value-of-a-secret', sealed, apiKey, apiKey.slice(-4), client!.keyHash, client!.apiKeyId]) t.notMatch(said, secret)
  t.match(await store.findClientByKeyHash(hashApiKey(apiKey, null)), { client: { name: 'Mobile', description: 'changed' } }, 'the key stays')
})

t.test('a new client has no key that anybody knows, until it is regenerated', async t => {
  const { admin, url, store } = await startControlPlane(t, { keyPepper: 'pepper-of-the-tests-1234' })
  const { import: write } = declarationsOf(url)
  const document = { ...head, environments: [{ name: 'dev', clients: [{ name: 'Mobile', expiresAt: '2031-01-01T00:00:00+01:00' }] }] }
  const made = await write('shop', document)
  t.match(made.json.steps.find(({ resource }) => resource === 'client'), { action: 'created', name: 'Mobile', note: 'Regenerate its key to use it.' })
  t.notMatch(made.text, /imp_/)
  const [client] = ((await admin('GET', `${dev}/clients`)).json as { items: Array<{ id: string, expiresAt: string, enabled: boolean }> }).items
  t.match(client, { expiresAt: '2030-12-31T23:00:00.000Z', enabled: true })
  t.match((await write('shop', document)).json, { changed: false }, 'the same moment, otherwise written')
  const { apiKey } = (await admin('POST', `${dev}/clients/${client!.id}/regenerate-key`)).json as { apiKey: string }
  t.match(await store.findClientByKeyHash(hashApiKey(apiKey, 'pepper-of-the-tests-1234')), { client: { name: 'Mobile' } })
})

t.test('a client that was disabled stays so, unless the document says otherwise', async t => {
  const { admin, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('POST', `${dev}/clients`, { name: 'Mobile', enabled: false })
  t.match((await write('shop', { ...head, environments: [{ name: 'dev', clients: [{ name: 'Mobile' }] }] })).json, { changed: false })
  t.strictSame(changesOf((await write('shop', { ...head, environments: [{ name: 'dev', clients: [{ name: 'Mobile', enabled: true }] }] })).json), [
    'kept environment staging', 'kept environment prod', 'changed client dev/Mobile /enabled'
  ])
})

t.test('a secret is never made up, nor made of a variable', async t => {
  const { admin, url } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${dev}/variables/PLAIN`, { value: 'seen' })
  await admin('PUT', `${dev}/variables/SECRET`, { value: 'unseen', secret: true })
  const answer = await write('shop', { ...head, environments: [{ name: 'dev', variables: { SECRET: 'now plain' }, secrets: ['PLAIN', 'NONE'] }, { name: 'staging' }, { name: 'prod' }] }, '?prune=true&dryRun=true')
  t.strictSame(changesOf(answer.json), [
    'changed variable dev/SECRET /secret /value', 'missing secret dev/PLAIN', 'missing secret dev/NONE'
  ])
  t.match((await admin('GET', `${dev}/variables`)).json, { items: [{ name: 'PLAIN', value: 'seen' }, { name: 'SECRET', value: null }] })
})

t.test('an environment has as many variables as it can hold', async t => {
  const { admin, url, store } = await startControlPlane(t)
  const { import: write } = declarationsOf(url)
  const variables = (prefix: string): Record<string, string> => Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`${prefix}${index}`, 'x']))
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await write('shop', { ...head, environments: [{ name: 'dev', variables: variables('A') }] })
  const before = await store.revision()
  const other = { ...head, environments: [{ name: 'dev', variables: variables('B') }, { name: 'staging' }, { name: 'prod' }] }
  t.match(await write('shop', other), { status: 409, json: { code: 'variable_limit_reached', errors: [{ pointer: '/environments/0/variables' }] } })
  t.equal(await store.revision(), before)
  t.match(await write('shop', other, '?prune=true'), { status: 200 })
})
