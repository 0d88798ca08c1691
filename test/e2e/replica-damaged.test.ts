import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { startDataPlane } from '../support/data-plane-process.ts'
import { startPlatform, temporaryDirectory } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'
import { until } from '../support/until.ts'

const host = `${shopId}-dev.api.localhost`

t.test('a replica that is damaged while it is served, or while nothing runs, is replaced without the process ending', async t => {
  const dataDir = temporaryDirectory(t)
  const file = path.join(dataDir, 'replica.sqlite')
  const platform = await startPlatform(t, { dataDir })
  const shop = await openShop(platform)
  await shop.configure('dev', { none: {} })
  await shop.save('hello', '/hello', 'export default () => "hello"')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200)
  await platform.close()

  // Half of it is gone, and there is no control plane to ask. The log is in the file by then, or what it holds would be enough.
  const db = new DatabaseSync(file)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  const whole = readFileSync(file)
  writeFileSync(path.join(dataDir, 'replica.previous.sqlite'), whole)
  truncateSync(file, whole.length >> 1)
  const plane = await startDataPlane(t, dataDir)
  t.match(await plane.traffic(host, '/hello'), { status: 200, text: 'hello' }, 'the generation before is served')

  // Behind the back of all who have it open: every value is another one.
  const bytes = readFileSync(file)
  writeFileSync(path.join(dataDir, 'replica.previous.sqlite'), whole)
  const fd = openSync(file, 'r+')
  for (let at = bytes.indexOf('"name":"Shop"'); at !== -1; at = bytes.indexOf('"name":"Shop"', at + 1)) writeSync(fd, 'X', at + 8)
  closeSync(fd)
  const other = await until('another gateway', async () => await plane.traffic(`${shopId}.api.localhost`, '/hello'), ({ status }) => status !== 503)
  t.match(other.value, { status: 401 }, 'it is there again')
  t.match(await plane.traffic(host, '/hello'), { status: 200, text: 'hello' })
  t.equal(plane.child.exitCode, null, 'and the process has not ended')
})
