import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { startRegistry } from '../support/registry.ts'
import { until } from '../support/until.ts'

t.test('an installer ends with who asked for it, however that ends, and takes its folder along', async t => {
  const registry = await startRegistry(t)
  const asked = Promise.withResolvers<void>()
  registry.answerWith(request => {
    request.socket.once('close', () => gone.resolve())
    asked.resolve()
  })
  const gone = Promise.withResolvers<void>()
  const folder = t.testdir()
  const parent = fork(path.join(import.meta.dirname, '..', 'support', 'packages-parent.ts'), [registry.url], { env: { TMPDIR: folder }, execArgv: [] })
  t.teardown(() => void parent.kill('SIGKILL'))
  await asked.promise
  t.match(await readdir(folder), [/^imprun-packages-/])
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await gone.promise
  await until('the folder is gone', async () => await readdir(folder), names => names.length === 0)
  t.pass('nothing is left of it')
})
