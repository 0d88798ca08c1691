import path from 'node:path'
import { systemClock } from '#shared/clock.ts'
import type { StoreArchive } from '../../control-plane/store/copy/archive.ts'
import { openMongoArchive } from '../../control-plane/store/mongodb/archive.ts'
import { openMongoStore } from '../../control-plane/store/mongodb/mongo-store.ts'
import { openSqliteArchive } from '../../control-plane/store/sqlite/archive.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { startServer } from '../../test/support/mongodb-server/server.ts'

export interface Place {
  openArchive: () => Promise<StoreArchive>
  openStore: () => Promise<Store>
  close: () => Promise<void>
}

export interface PlaceMaker {
  name: string
  open: (size: number) => Promise<Place>
}

/** Each adapter when its turn comes, so that only one of them takes the machine's memory. */
export async function * openPlaces (names: readonly string[], folder: string): AsyncGenerator<PlaceMaker> {
  for (const name of names) {
    if (name === 'sqlite') yield sqlite(folder)
    else if (name === 'mongodb') yield * mongodb()
    else throw new TypeError(`There is no store "${name}"`)
  }
}

/** The MongoDB-compatible server of the tests, with every commit on the disk: what it takes says how cost grows, and not how fast MongoDB is. */
async function * mongodb (): AsyncGenerator<PlaceMaker> {
  const server = await startServer()
  try {
    yield {
      name: 'mongodb (the test server)',
      open: async () => {
        const url = server.databaseUrl()
        return {
          openArchive: async () => await openMongoArchive(url, systemClock),
          openStore: async () => await openMongoStore({ url, clock: systemClock }),
          close: async () => {}
        }
      }
    }
  } finally {
    await server.close()
  }
}

function sqlite (folder: string): PlaceMaker {
  return {
    name: 'sqlite',
    open: async size => {
      const file = path.join(folder, `${size}.sqlite`)
      return {
        openArchive: async () => await openSqliteArchive(file, systemClock),
        openStore: async () => await openSqliteStore({ file, clock: systemClock }),
        close: async () => {}
      }
    }
  }
}
