import t from 'tap'
import { drive } from '../../examples/bookshop/drive.ts'
import { setUp } from '../../examples/bookshop/setup.ts'
import { startPlatform } from '../support/platform.ts'

t.test('the bookshop is set up twice, and every answer of its is right', { timeout: 50_000 }, async t => {
  const platform = await startPlatform(t)
  const target = { ...platform, baseDomain: 'localhost' }
  const keys = await setUp(target)
  const again = await setUp(target)
  t.ok(Object.values(again).every(clients => Object.values(clients).every(key => key === null)), 'the second time makes no client')
  t.ok(await drive(target, keys) > 50)
})
