import type { Test } from 'tap'
import type { OpenStore } from './harness.ts'

export function settingsContract (t: Test, open: OpenStore): void {
  t.test('the first value given for a setting stays, whoever asks and however often, until another one is put in its place', async t => {
    const { store, reopen } = await open(t)
    t.equal(await store.getSetting('secret'), null)
    const values = await Promise.all(['a', 'b', 'c'].map(value => store.initSetting('secret', value)))
    t.equal(new Set(values).size, 1, 'all who ask at once get the same')
    const [value] = values
    t.equal(await store.getSetting('secret'), value)
    t.equal(await store.initSetting('other', 'x \ud800 \u0000'), 'x \ud800 \u0000')
    t.equal(await store.revision(), 0, 'no reader of the feed follows settings')
    await store.putSetting('later', 'x')
    await store.putSetting('later', 'y \ud800')
    t.equal(await store.initSetting('later', 'z'), 'y \ud800')
    await store.putSetting('other', 'x \ud800 \u0000')
    t.equal(await store.revision(), 0)
    const again = await reopen()
    t.equal(await again.initSetting('secret', 'd'), value)
    t.equal(await again.getSetting('other'), 'x \ud800 \u0000')
  })
}
