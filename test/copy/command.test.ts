import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'

const main = path.join(import.meta.dirname, '../../control-plane/store/copy/main.ts')

t.test('the store of one data directory is copied into another one, where keys stay valid', async t => {
  const [from, to] = [temporaryDirectory(t), path.join(temporaryDirectory(t), 'new')]
  const env = { IMPRUN_SECRET_KEY: 'A'.repeat(43) }
  const first = await startPlatform(t, { dataDir: from, env })
  const shop = await openShop(first)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key } = await shop.addClient('dev', 'Mobile')
  await first.close()

  const { stdout } = await promisify(execFile)(process.execPath, [main, '--from', from, '--to', to])
  t.match(stdout, new RegExp(`store\\.sqlite holds all of store \\S+ at revision \\d+\\.\\n$`))
  t.ok(existsSync(path.join(to, 'store.sqlite')))
  const second = await startPlatform(t, { dataDir: to, env })
  t.match(await second.traffic(`${shopId}-dev.api.localhost`, '/hello', { key }), { status: 200, text: 'hello' })
})

t.test('a source that is not there is refused, and nothing is made', async t => {
  const folder = temporaryDirectory(t)
  const { code, stderr } = await promisify(execFile)(process.execPath, [main, '--from', path.join(folder, 'a'), '--to', path.join(folder, 'b')]).catch((error: { code: number, stderr: string }) => error) as { code: number, stderr: string }
  t.equal(code, 1)
  t.match(stderr, /there is no file .*a\/store\.sqlite/)
  t.notOk(existsSync(path.join(folder, 'b')))
})
