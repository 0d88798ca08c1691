import { randomUUID } from 'node:crypto'
import type { AnyBulkWriteOperation, Document as BsonDocument, MongoClient } from 'mongodb'
import { timestamp, type Clock } from '#shared/clock.ts'
import { ownSettings, progressSetting, type ArchiveKind, type ArchiveRecord, type CopyProgress, type StoreArchive } from '../copy/archive.ts'
import { decode, encode } from './codec.ts'
import { collectionsOf, idOf, type Collections, type Keyed } from './collections.ts'
import { connect } from './connect.ts'
import { storeError } from './errors.ts'
import { initHead, readHead } from './heads.ts'
import { createSchema, collectionSchemas } from './schema.ts'
import { idSetting, settingOperations } from './settings.ts'

/**
 * Everything in a database. Nothing keeps control planes from writing to it meanwhile: a copy notices by the revision that one has.
 * @throws {StoreError} `unavailable`
 */
export async function openMongoArchive (url: string, clock: Clock): Promise<StoreArchive> {
  return await connect(url, { appName: 'imprun store:copy', w: 'majority', readConcern: 'majority' }, async (client, db) => {
    await createSchema(db, collectionSchemas)
    const collections = collectionsOf(db)
    await initHead(collections)
    await settingOperations(collections).initSetting(idSetting, randomUUID())
    return guarded(archiveOf(client, db.databaseName, collections, clock))
  })
}

function archiveOf (client: MongoClient, name: string, collections: Collections, clock: Clock): StoreArchive {
  const { settings, heads, changes, gateways, named } = collections
  const { getSetting } = settingOperations(collections)
  return {
    name: `the database ${name}`,
    identity: async () => ({ id: (await getSetting(idSetting))!, revision: await readHead(collections) }),
    takeIdentity: async ({ id, revision }) => {
      // Each step can be repeated, and the copy is none before the last of them: its progress is still there.
      await changes.replaceOne({ _id: revision + 1 }, { at: timestamp(clock), touched: [] }, { upsert: true })
      await heads.updateOne({ _id: 'head' }, { $set: { revision: revision + 1 } })
      await settings.updateOne({ _id: idSetting }, { $set: { value: id } })
    },
    isEmpty: async () => await readHead(collections) === 0 && await gateways.findOne({}) === null,
    read: async (kind, after, limit) => {
      const beyond = after === null ? {} : { _id: { $gt: after } }
      const found = await named(kind.name).find({ $and: [beyond, countsFor(kind)] }).sort({ _id: 1 }).limit(limit + 1).toArray()
      const page = found.slice(0, limit)
      return { records: page.map(document => toRecord(kind, document)), next: found.length > limit ? page.at(-1)!._id : null }
    },
    write: async (kind, records) => {
      const writes = records.map((record): AnyBulkWriteOperation<BsonDocument & Keyed> => {
        const { _id, ...replacement } = toDocument(kind, record)
        return { replaceOne: { filter: { _id }, replacement, upsert: true } }
      })
      await named(kind.name).bulkWrite(writes)
      if (kind.name === 'environments') await makeRoomForKeys(collections, records)
    },
    readProgress: async () => JSON.parse(await getSetting(progressSetting) ?? 'null') as CopyProgress | null,
    writeProgress: async progress => {
      if (progress === null) await settings.deleteOne({ _id: progressSetting })
      else await settings.updateOne({ _id: progressSetting }, { $set: { value: JSON.stringify(progress) } }, { upsert: true })
    },
    close: async () => await client.close()
  }
}

/** Every environment has a sum here from its beginning, an embedded store makes it with the first key. */
async function makeRoomForKeys ({ kvUsage }: Collections, environments: readonly ArchiveRecord[]): Promise<void> {
  await kvUsage.bulkWrite(environments.map(record => {
    const [gatewayId, environment] = [String(record.gatewayId), String(record.name)]
    const nothing = { gatewayId, environment, keys: 0, bytes: 0, lastVersion: 0 }
    return { updateOne: { filter: { _id: idOf(gatewayId, environment) }, update: { $setOnInsert: nothing }, upsert: true } }
  }))
}

/** What is a store's own, and what says nothing, is not copied. */
function countsFor ({ name }: ArchiveKind): BsonDocument {
  if (name === 'settings') return { _id: { $nin: ownSettings } }
  return name === 'kvUsage' ? { lastVersion: { $gt: 0 } } : {}
}

/** Where the order of an `_id` is not that of the key. */
const idOrder: Record<string, readonly string[]> = { routeUsage: ['gatewayId', 'environment', 'day', 'route'] }
/** What only this adapter keeps in a document. */
const ownMembers = new Set(['_id', 'turns'])

function toRecord (kind: ArchiveKind, stored: BsonDocument): ArchiveRecord {
  if (kind.name === 'settings') return { name: stored._id, document: { name: stored._id, value: stored.value } }
  const { texts = {}, ...plain } = decode(stored)
  const members: Record<string, unknown> = { ...plain, ...texts }
  const named = (names: readonly string[]): ArchiveRecord => Object.fromEntries(names.map(name => [name, members[name] ?? null]))
  const record = named([...kind.key, ...kind.columns, ...kind.embedded])
  if (!kind.hasDocument) return record
  const beside = new Set([...ownMembers, ...kind.apart, ...kind.embedded])
  return { ...record, document: Object.fromEntries(Object.entries(members).filter(([name]) => !beside.has(name))) }
}

function toDocument (kind: ArchiveKind, record: ArchiveRecord): BsonDocument & Keyed {
  const named = (names: readonly string[]): ArchiveRecord => Object.fromEntries(names.map(name => [name, record[name]]))
  const _id = idOf(...(idOrder[kind.name] ?? kind.key).map(name => record[name] as string | number))
  if (kind.name === 'settings') return { _id, value: (record.document as { value: string }).value }
  if (!kind.hasDocument) {
    // An entry that does not expire has no time at which it does.
    const present = Object.entries(named([...kind.key, ...kind.columns])).filter(([, value]) => value !== null)
    return { _id, ...encode(Object.fromEntries(present)) }
  }
  const embedded = encode(named(kind.embedded))
  return { _id, ...encode({ ...named(kind.apart), ...record.document as object }), ...kind.name === 'functionVersions' ? { texts: embedded } : embedded }
}

function guarded (archive: StoreArchive): StoreArchive {
  const wrap = (operation: (...args: never[]) => Promise<unknown>) => async (...args: never[]): Promise<unknown> => {
    try {
      return await operation(...args)
    } catch (error) {
      throw storeError(error)
    }
  }
  const { name, ...operations } = archive
  const entries = Object.entries(operations).map(([operation, run]) => [operation, wrap(run as (...args: never[]) => Promise<unknown>)])
  return { name, ...Object.fromEntries(entries) as Omit<StoreArchive, 'name'> }
}
