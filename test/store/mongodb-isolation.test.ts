import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { client, cloudFunction, createGateway, deployment, environment, gateway, ref, route, saveVersion, upstream, variable, version } from '../contract/documents.ts'
import { firstPage } from '../contract/harness.ts'
import { set } from '../contract/kv-operations.ts'
import { mongodbDatabases } from '../support/mongodb-databases.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { watchWire } from '../support/mongodb-wire.ts'

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

const server = await startMongodbServer(t, { fsync: false })
const wire = await watchWire(t, server.url)
const url = wire.url(await mongodbDatabases(t, server.url).take(t))
const store = await openMongoStore({ url, clock: systemClock })
t.teardown(async () => await store.close())

const environments = ['dev', 'staging', 'prod']
const clientIds = environments.map(name => `client-of-${name}`)
const dev = ref('shop', 'dev')
await createGateway(store, 'shop')
for (const [index, id] of clientIds.entries()) await store.addClient(ref('shop', environments[index]!), client(id))
await saveVersion(store, 'shop', 'list', 'v1')

/** What the server said while this was done. */
async function answersTo (work: () => Promise<unknown>): Promise<string> {
  wire.takeAnswers()
  await work()
  return Buffer.concat(wire.takeAnswers()).toString('latin1')
}

t.test('gateways, environments and functions are read, listed and written without a key', async t => {
  t.match(await answersTo(async () => await store.getClient(dev, 'client-of-dev')), /keyHash/, 'what is watched for would be seen')
  const works: Record<string, () => Promise<unknown>> = {
    getGateway: async () => await store.getGateway('shop'),
    listGateways: async () => await store.listGateways(firstPage),
    replaceGateway: async () => await store.replaceGateway(gateway('shop', { name: 'Other' }), (await store.getGateway('shop'))!.revision),
    getEnvironment: async () => await store.getEnvironment('shop', 'dev'),
    listEnvironments: async () => await store.listEnvironments('shop', firstPage),
    replaceEnvironment: async () => await store.replaceEnvironment(environment('shop', 'dev'), (await store.getEnvironment('shop', 'dev'))!.revision),
    putVariable: async () => await store.putVariable(dev, variable('A', '1'), null),
    getVariable: async () => await store.getVariable(dev, 'A'),
    listVariables: async () => await store.listVariables(dev, firstPage),
    putUpstream: async () => await store.putUpstream(dev, upstream('orders'), null),
    getUpstream: async () => await store.getUpstream(dev, 'orders'),
    listUpstreams: async () => await store.listUpstreams(dev, firstPage),
    saveFunction: async () => await store.saveFunction(cloudFunction('shop', 'get', 'v1'), version('shop', 'get', 'v1'), null, null),
    getFunction: async () => await store.getFunction('shop', 'get'),
    listFunctions: async () => await store.listFunctions('shop', firstPage),
    createRelease: async () => await store.createRelease('shop', deployment('dev', [route('list', 'v1')], null)),
    listReleases: async () => await store.listReleases(dev, firstPage),
    findExpiredPreviews: async () => await store.findExpiredPreviews('2040-01-01T00:00:00.000Z', 10),
    applyKv: async () => await store.applyKv([{ ...dev, operation: set('a') }]),
    deleteEnvironment: async () => await store.deleteEnvironment('shop', 'staging', (await store.getEnvironment('shop', 'staging'))!.revision)
  }
  for (const [name, work] of Object.entries(works)) t.notMatch(await answersTo(work), /keyHash|client-of-/, name)
})

t.test('whatever is done with clients, those of one environment are all that is told', async t => {
  const draft = client('new')
  const works: Record<string, () => Promise<unknown>> = {
    listClients: async () => await store.listClients(dev, firstPage),
    findClientByKeyHash: async () => await store.findClientByKeyHash(client('client-of-dev').keyHash),
    addClient: async () => await store.addClient(dev, draft),
    replaceClient: async () => await store.replaceClient(dev, { ...draft, name: 'Renamed' }, (await store.getClient(dev, 'new'))!.revision),
    'addClient with the key of another environment': async () => await t.rejects(store.addClient(dev, { ...draft, id: 'thief', name: 'Thief', keyHash: client('client-of-prod').keyHash }), { code: 'exists' }),
    'replaceClient with the key of another environment': async () => await t.rejects(store.replaceClient(dev, { ...draft, keyHash: client('client-of-prod').keyHash }, (await store.getClient(dev, 'new'))!.revision), { code: 'exists' }),
    removeClient: async () => await store.removeClient(dev, 'new', (await store.getClient(dev, 'new'))!.revision)
  }
  for (const [name, work] of Object.entries(works)) t.notMatch(await answersTo(work), /client-of-prod/, name)
  const feed = async (): Promise<unknown> => await Array.fromAsync(store.readFeed({ store: null, after: 0, environments: ['dev'] }))
  const told = await answersTo(feed)
  t.match(told, /client-of-dev/)
  t.notMatch(told, /client-of-prod/, 'nor to who serves dev alone')
})
