import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { MongoClient } from 'mongodb'

/** Databases of a server for tests that need empty ones. */
export interface MongodbDatabases {
  /**
   * A connection string with an empty database, which is given back when the test ends. It is one that another test has used, where there
   * is one: making collections and indexes takes longer than to empty them.
   */
  take: (t: Test) => Promise<string>
}

/** @param t the test at whose end all of them are dropped */
export function mongodbDatabases (t: Test, serverUrl: string): MongodbDatabases {
  const client = new MongoClient(serverUrl)
  const free: string[] = []
  const all: string[] = []
  t.teardown(async () => {
    for (const name of all) await client.db(name).dropDatabase()
    await client.close()
  })
  const empty = async (name: string): Promise<void> => {
    const collections = await client.db(name).listCollections({}, { nameOnly: true }).toArray()
    await Promise.all(collections.map(async collection => await client.db(name).collection(collection.name).deleteMany({})))
  }
  const make = (): string => {
    const name = `imprun-test-${randomUUID()}`
    all.push(name)
    return name
  }
  return {
    take: async t => {
      const name = free.pop() ?? make()
      t.teardown(() => { free.push(name) })
      await empty(name)
      return withDatabase(serverUrl, name)
    }
  }
}

/** Several hosts make a connection string that is no URL. Who has users names the database that they are in as `authSource`. */
function withDatabase (connectionString: string, name: string): string {
  const [, hosts, options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(connectionString)!
  return `${hosts}/${name}${options}`
}
