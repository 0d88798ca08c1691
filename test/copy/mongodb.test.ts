import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openMongoArchive } from '../../control-plane/store/mongodb/archive.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'
import { sqlitePlace } from '../support/store-places.ts'
import { copyingContract, type MakePlace } from './copying.ts'

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

const server = await startMongodbServer(t, { fsync: false })
const mongodbPlace: MakePlace = async () => {
  const url = server.databaseUrl()
  return {
    openStore: async () => await openMongoStore({ url, clock: systemClock }),
    openArchive: async () => await openMongoArchive(url, systemClock)
  }
}

t.test('from the embedded store to MongoDB', async t => { copyingContract(t, sqlitePlace, mongodbPlace) })
t.test('from MongoDB to the embedded store', async t => { copyingContract(t, mongodbPlace, sqlitePlace) })
