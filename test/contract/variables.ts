import type { Test } from 'tap'
import { createGateway, ref, variable } from './documents.ts'
import { readPages, type OpenStore } from './harness.ts'

const dev = ref('shop', 'dev')

export function variablesContract (t: Test, open: OpenStore): void {
  t.test('a variable is made, replaced and removed only by who has read what is there', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    t.strictSame(await store.putVariable(dev, variable('A', '1'), null), { ...variable('A', '1'), revision: 2 })
    await t.rejects(store.putVariable(dev, variable('A', '2'), null), { code: 'exists', field: 'name' })
    await t.rejects(store.putVariable(dev, variable('A', '2'), 1), { code: 'revision_mismatch' })
    await t.rejects(store.putVariable(dev, variable('B', '2'), 2), { code: 'not_found', field: 'variable' })
    await t.rejects(store.putVariable(ref('shop', 'beta'), variable('A', '1'), null), { code: 'not_found', field: 'environment' })
    t.strictSame(await store.putVariable(dev, variable('A', ''), 2), { ...variable('A', ''), revision: 3 })
    t.strictSame(await store.getVariable(dev, 'A'), { ...variable('A', ''), revision: 3 })
    t.equal(await store.getVariable(dev, 'a'), null, 'names are exact')
    t.equal(await store.getVariable(ref('shop', 'prod'), 'A'), null)
    await t.rejects(store.removeVariable(dev, 'A', 2), { code: 'revision_mismatch' })
    t.equal(await store.removeVariable(dev, 'A', 3), 4)
    t.equal(await store.getVariable(dev, 'A'), null)
    await t.rejects(store.removeVariable(dev, 'A', 3), { code: 'not_found', field: 'variable' })
    t.equal(await store.revision(), 4)
  })

  t.test('variables are listed by name, page by page', async t => {
    const { store } = await open(t)
    await createGateway(store, 'shop')
    for (const name of ['b', 'A', '_x', '__proto__', 'B']) await store.putVariable(dev, variable(name, name), null)
    const pages = await readPages(page => store.listVariables(dev, page), 2)
    t.strictSame(pages.map(page => page.map(item => item.name)), [['A', 'B'], ['__proto__', '_x'], ['b']])
  })
}
