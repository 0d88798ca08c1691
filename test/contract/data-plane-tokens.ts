import type { Test } from 'tap'
import type { DataPlaneToken } from '../../control-plane/store/records.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

function token (id: string, fields: Partial<DataPlaneToken> = {}): DataPlaneToken {
  return { id, name: `Token ${id}`, tokenHash: `hash-of-${id}`, environments: ['dev'], createdAt: '2030-01-01T00:00:00.000Z', ...fields }
}

export function dataPlaneTokensContract (t: Test, open: OpenStore): void {
  t.test('a token is found by its hash until it is removed', async t => {
    const { store, reopen } = await open(t)
    await store.addDataPlaneToken(token('b', { environments: null }))
    await store.addDataPlaneToken(token('a'))
    await store.addDataPlaneToken(token('c'))
    t.equal(await store.revision(), 0, 'no reader of the feed follows them')
    const again = await reopen()
    t.strictSame(await again.findDataPlaneToken('hash-of-a'), token('a'))
    t.equal(await again.findDataPlaneToken('hash-of'), null)
    t.strictSame(await readPages(page => again.listDataPlaneTokens(page), 2), [[token('a'), token('b', { environments: null })], [token('c')]])
    await again.removeDataPlaneToken('a')
    t.equal(await again.findDataPlaneToken('hash-of-a'), null)
    t.strictSame((await again.listDataPlaneTokens(firstPage)).items.map(({ id }) => id), ['b', 'c'])
    await t.rejects(again.removeDataPlaneToken('a'), { code: 'not_found', field: 'token' })
  })

  t.test('a name is one token\'s', async t => {
    const { store } = await open(t)
    const added = await Promise.allSettled(['a', 'b', 'c'].map(id => store.addDataPlaneToken(token(id, { name: 'Same' }))))
    t.equal(added.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of added) if (outcome.status === 'rejected') t.match(outcome.reason, { code: 'exists', field: 'name' })
    t.equal((await store.listDataPlaneTokens(firstPage)).items.length, 1)
  })
}
