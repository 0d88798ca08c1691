import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import t, { type Test } from 'tap'

t.test('no port is given to two that start side by side, nor twice to one', { skip: process.platform !== 'linux' && 'Linux alone keeps them apart' }, async t => {
  const drawn = await Promise.all([draw(t), draw(t)])
  t.equal(new Set(drawn.flat()).size, 600)
})

/** The ports that another process draws, one after another, and holds until the test ends. */
async function draw (t: Test): Promise<number[]> {
  const child = fork(path.join(import.meta.dirname, '..', 'support', 'port-drawer.ts'), ['300'], { execArgv: [] })
  t.teardown(async () => {
    child.disconnect()
    await once(child, 'exit')
  })
  const [ports] = await once(child, 'message') as [number[]]
  return ports
}
