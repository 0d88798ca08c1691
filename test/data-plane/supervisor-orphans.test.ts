import t from 'tap'
import { temporaryDirectory } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'
import { startSupervised } from '../support/supervised.ts'

t.test('no process outlives the supervisor', async t => {
  for (const end of ['close', 'SIGKILL'] as const) {
    t.test(end, async t => {
      const { child, exited } = await startSupervised(t, {
        dataDir: temporaryDirectory(t), controlUrl: 'http://127.0.0.1:9', sandboxes: 'real-sandboxes'
      })
      const children = descendants(child.pid!)
      t.ok(children.length >= 3, 'two workers and a sandbox')
      if (end === 'close') child.send('close')
      else child.kill(end)
      await exited
      t.strictSame(await survivors(children), [])
    })
  }
})
