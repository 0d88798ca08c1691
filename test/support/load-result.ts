import { MongoClient } from 'mongodb'
import type { Test } from 'tap'
import { hashApiKey } from '#shared/api-key.ts'
import { readAll } from '../../control-plane/store/read-all.ts'
import type { EnvironmentRef, Store } from '../../control-plane/store/store.ts'
import { replay, type Load } from './client-load.ts'

/** Compares what a store holds after a load with what was acknowledged: nothing is lost, and nothing is there twice. */
export async function checkLoad (t: Test, store: Store, environment: EnvironmentRef, load: Load): Promise<void> {
  const { ids, names } = load.unknown
  const model = replay(load)
  const found = (await readAll(async page => await store.listClients(environment, page))).filter(({ id, name }) => !ids.has(id) && !names.has(name))
  const expected = [...model].filter(([id]) => !ids.has(id))
  t.strictSame(
    new Map(found.map(({ id, name, description, enabled, keyHash }) => [id, { name, description, enabled, keyHash }])),
    new Map(expected.map(([id, { fields, apiKey }]) => [id, { ...fields, keyHash: hashApiKey(apiKey, null) }])),
    `seed ${load.seed}: each client is as it was last said to be`
  )
  t.equal(new Set(found.map(({ keyHash }) => keyHash)).size, found.length, 'no key is there twice')
  for (const { id, keyHash } of found) t.match(await store.findClientByKeyHash(keyHash), { environment, client: { id } })
}

/** The revisions that have an entry in `changes`, in order. */
export async function changesOf (url: string): Promise<unknown[]> {
  const client = new MongoClient(url)
  try {
    return (await client.db().collection('changes').find({}, { projection: { _id: 1 } }).sort({ _id: 1 }).toArray()).map(({ _id }) => _id)
  } finally {
    await client.close()
  }
}
