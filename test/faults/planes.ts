import { startServer, type MongodbServer } from '../support/mongodb-server/server.ts'
import { spoilEnvironment } from '../support/spoilt-environment.ts'
import { until } from '../support/until.ts'
import type { Fault } from './fault.ts'
import type { Stage, StageOptions } from './stage.ts'

const manyLooks = 6_000
const burst = 10_000
const atOnce = 16

/** A database server in place of the embedded store; `database` is there once it is prepared. */
function withDatabase (name: string, happen: (stage: Stage, recovering: () => void, database: MongodbServer) => Promise<void>): Fault {
  let database: MongodbServer
  return {
    name,
    prepare: async (teardown): Promise<Omit<StageOptions, 'requestsPerSecond'>> => {
      database = await startServer({ fsync: false })
      teardown(async () => await database.close())
      return { env: { MONGODB_URL: database.databaseUrl() } }
    },
    happen: async (stage, recovering) => await happen(stage, recovering, database)
  }
}

export const planeFaults: Fault[] = [
  {
    name: 'control plane killed',
    happen: async ({ control, load, seeChange }, recovering) => {
      await control.kill()
      await load.progress(400)
      recovering()
      await control.start()
      await seeChange()
    }
  },
  withDatabase('store killed', async ({ load, seeChange }, recovering, database) => {
    await database.refuseConnections()
    await load.progress(400)
    await database.crash()
    recovering()
    await seeChange()
  }),
  withDatabase('both killed, and the data plane restarted', async ({ control, data, load, seeChange }, recovering, database) => {
    await database.refuseConnections()
    await control.kill()
    await data.kill()
    await load.progress(100)
    await data.start()
    await load.progress(600)
    await database.acceptConnections()
    recovering()
    await control.start()
    await seeChange()
  }),
  {
    name: 'a gateway that does not compile',
    happen: async ({ admin, control, load, traffic, seeChange }, recovering) => {
      const gateway = '/api-gateways/poison'
      await admin('POST', '/api-gateways', { id: 'poison', name: 'Poison' })
      await admin('PUT', `${gateway}/functions/fine`, { methods: ['GET'], path: '/fine', source: 'export default () => "fine"' })
      const { apiKey } = (await admin('POST', `${gateway}/environments/dev/clients`, { name: 'Mobile' })).json as { apiKey: string }
      const ask = async (): Promise<number> => (await traffic('poison-dev.api.localhost', '/fine', { key: apiKey })).status
      await until('it is served', ask, status => status === 200, manyLooks)
      spoilEnvironment(control.dataDir, 'poison')
      // A write of its environment: it is read and sent anew.
      await admin('PUT', `${gateway}/environments/dev/variables/ANY`, { value: 'any' })
      await load.progress(200)
      recovering()
      const refusals = async (): Promise<unknown[]> => ((await admin('GET', `${gateway}/environments/dev/refusals`)).json as { items: unknown[] }).items
      await until('its refusal is shown', refusals, items => items.length > 0, manyLooks)
      if (await ask() !== 200) throw new Error('its last good version is not served')
      await seeChange()
    }
  },
  {
    name: `${burst} changes in a burst`,
    happen: async ({ admin, seeChange }, recovering) => {
      let next = 0
      const write = async (): Promise<void> => {
        while (next < burst) {
          const { status } = await admin('PUT', `/api-gateways/shop/environments/staging/variables/V${next++ % 50}`, { value: String(next) })
          if (status >= 300) throw new Error(`a change was answered ${status}`)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, write))
      recovering()
      await seeChange()
    }
  }
]
