import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { checkServed, host, secret, serveShop, settings } from '../support/cold-start.ts'
import { startDataPlane } from '../support/data-plane-process.ts'
import { temporaryDirectory } from '../support/platform.ts'

t.test('a data plane alone serves what it has, with nothing else there', async t => {
  const dataDir = temporaryDirectory(t)
  const { platform, key } = await serveShop(t, dataDir)
  await platform.close()
  for (const name of readdirSync(dataDir).filter(name => name.startsWith('replica'))) {
    const bytes = readFileSync(path.join(dataDir, name))
    for (const text of [secret, key, key.slice(8, 40)]) t.notOk(bytes.includes(text), `${name} has neither the secret nor the key`)
  }
  const first = await startDataPlane(t, dataDir, settings)
  await checkServed(t, first.traffic, key)
  first.child.kill('SIGKILL')
  await first.exited
  const second = await startDataPlane(t, dataDir, settings)
  t.match(await second.traffic(host, '/hello', { key }), { status: 200 }, 'also after a crash')
})
