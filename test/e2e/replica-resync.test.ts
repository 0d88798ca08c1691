import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { host, serveShop, settings } from '../support/cold-start.ts'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { until } from '../support/until.ts'

t.test('a replica that is damaged, with no generation before it, is fetched anew', async t => {
  const dataDir = temporaryDirectory(t)
  const { platform, key } = await serveShop(t, dataDir)
  await platform.close()
  const file = path.join(dataDir, 'replica.sqlite')
  writeFileSync(file, Buffer.alloc(statSync(file).size, 0xa5))
  for (const name of ['replica.previous.sqlite', 'replica.sqlite-wal', 'replica.sqlite-shm']) rmSync(path.join(dataDir, name), { force: true })
  const { traffic } = await startPlatform(t, { dataDir, env: settings })
  const answer = await until('all is there again', async () => await traffic(host, '/hello', { key }), ({ status }) => status !== 503)
  t.match(answer.value, { status: 200 })
  t.ok(existsSync(path.join(dataDir, 'replica.unusable.sqlite')), 'and the damaged one is kept for whoever wants to know what happened')
})
