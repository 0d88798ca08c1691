import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'

t.test('a launcher that is killed leaves nobody behind', async t => {
  const platform = await startPlatform(t)
  const below = descendants(platform.pid)
  process.kill(platform.pid, 'SIGKILL')
  t.equal((await platform.exited).signal, 'SIGKILL')
  t.strictSame(await survivors(below), [])
})
