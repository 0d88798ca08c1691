import type { Test } from 'tap'
import type { ArchiveKind, StoreArchive } from '../../control-plane/store/copy/archive.ts'
import { copyStore } from '../../control-plane/store/copy/copy.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { client, keyHash, ref } from '../contract/documents.ts'
import { createReader } from '../contract/reader.ts'
import { fillStore, readStore } from '../support/full-store.ts'

/** A place for a store, empty at first. What is opened is the test's to close. */
export interface StorePlace {
  openStore: () => Promise<Store>
  openArchive: () => Promise<StoreArchive>
}

export type MakePlace = (t: Test) => Promise<StorePlace>

/** What copying from one kind of store to another comes to. */
export function copyingContract (t: Test, makeSource: MakePlace, makeTarget: MakePlace): void {
  const filled = async (t: Test) => {
    const place = await makeSource(t)
    const store = await place.openStore()
    await fillStore(store)
    const reader = createReader()
    await reader.catchUp(store)
    const content = await readStore(store)
    const [id, revision] = [store.id, await store.revision()]
    await store.close()
    return { place, reader, content, id, revision }
  }
  const copy = async (source: StorePlace, target: StorePlace, disturb: (archive: StoreArchive) => StoreArchive = archive => archive) => {
    const [from, to] = [await source.openArchive(), await target.openArchive()]
    try {
      return await copyStore({ from, to: disturb(to) })
    } finally {
      await from.close()
      await to.close()
    }
  }

  t.test('a copy holds all that was copied, and is the same store', async t => {
    const { place, reader, content, id, revision } = await filled(t)
    const target = await makeTarget(t)
    const { identity, checksums } = await copy(place, target)
    t.strictSame(identity, { id, revision })
    for (const { kind, count } of checksums) t.ok(count > 0, `${kind} were copied`)
    const copied = await target.openStore()
    t.strictSame(await readStore(copied), content)
    t.equal(copied.id, id)
    t.strictSame((await reader.catchUp(copied)).map(({ type }) => type), ['begin', 'commit'], 'who held the last state lacks nothing')
    t.match(await copied.findClientByKeyHash(keyHash('c3')), { client: { id: 'c3' } })
    await t.rejects(copied.addClient(ref('shop2', 'dev'), client('thief', { keyHash: keyHash('c4') })), { code: 'exists', field: 'keyHash' })
    t.ok((await copied.addClient(ref('shop2', 'dev'), client('new'))).revision > revision, 'revisions go on')
    const behind = createReader()
    t.ok((await behind.catchUp(copied)).length > 2)
    await copied.close()
  })

  t.test('a copy that was interrupted is no store, and is finished by the next one', async t => {
    const { place, content } = await filled(t)
    const target = await makeTarget(t)
    let left = 5
    const failing = (archive: StoreArchive): StoreArchive => ({
      ...archive,
      write: async (kind: ArchiveKind, records) => {
        if (left-- === 0) throw new Error('the machine is gone')
        await archive.write(kind, records)
      }
    })
    await t.rejects(copy(place, target, failing), { message: 'the machine is gone' })
    await t.rejects(target.openStore(), { code: 'unavailable', message: /beginning of a copy/ })
    await copy(place, target)
    const copied = await target.openStore()
    t.strictSame(await readStore(copied), content)
    await copied.close()
  })

  t.test('what differs afterwards is noticed, and the copy does not become a store', async t => {
    const { place } = await filled(t)
    const target = await makeTarget(t)
    const careless = (archive: StoreArchive): StoreArchive => ({
      ...archive, write: async (kind, records) => await archive.write(kind, kind.name === 'kvEntries' ? records.slice(1) : records)
    })
    await t.rejects(copy(place, target, careless), { name: 'CopyRefused', message: /kvEntries differ/ })
    await t.rejects(target.openStore(), { code: 'unavailable' })
  })

  t.test('nothing is written into a store that is not empty', async t => {
    const { place } = await filled(t)
    const target = await makeTarget(t)
    const store = await target.openStore()
    await fillStore(store)
    const before = await readStore(store)
    await store.close()
    await t.rejects(copy(place, target), { name: 'CopyRefused', message: /is not empty/ })
    const after = await target.openStore()
    t.strictSame(await readStore(after), before)
    await after.close()
  })
}
