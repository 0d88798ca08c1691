import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { MongoClient } from 'mongodb'

/** Databases of a server, each empty when it is handed out; its url is for the driver. */
export interface MongodbDatabases {
  /** Given back when the test ends. */
  take: (t: Test) => string
  /** What somebody has given back is emptied, rather than dropped and made anew: making collections and indexes takes a second. */
  empty: (url: string) => Promise<void>
}

/** @param t the test at whose end they are dropped */
export function mongodbDatabases (t: Test, serverUrl: string): MongodbDatabases {
  const client = new MongoClient(serverUrl)
  const free: string[] = []
  const all: string[] = []
  t.teardown(async () => {
    for (const name of all) await client.db(name).dropDatabase()
    await client.close()
  })
  return {
    take: t => {
      const name = free.pop() ?? `imprun-test-${randomUUID()}`
      if (!all.includes(name)) all.push(name)
      t.teardown(() => { free.push(name) })
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return url.href
    },
    empty: async url => {
      const db = client.db(new URL(url).pathname.slice(1))
      const collections = await db.listCollections({}, { nameOnly: true }).toArray()
      await Promise.all(collections.map(async ({ name }) => await db.collection(name).deleteMany({})))
    }
  }
}
