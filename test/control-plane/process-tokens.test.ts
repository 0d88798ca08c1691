import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import t from 'tap'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'

async function status (url: string, token: string): Promise<number> {
  return (await fetch(`${url}/v1/api-gateways`, { headers: { authorization: `Bearer ${token}` } })).status
}

t.test('the first start makes the admin token, tells it once, and keeps no more than its hash', async t => {
  const IMPRUN_DATA_DIR = path.join(dataDirectory(t), 'made', 'at-the-start')
  const first = forkControlPlane(t, { IMPRUN_DATA_DIR })
  const { url, adminToken, firstStart, port } = (await first.ready)!
  t.equal(firstStart, true)
  t.equal(url, `http://127.0.0.1:${port}`)
  t.equal(await status(url, adminToken!), 200)
  first.child.kill('SIGTERM')
  t.match(await first.exit, { code: 0, stderr: '' })
  for (const name of await readdir(IMPRUN_DATA_DIR)) t.notOk((await readFile(path.join(IMPRUN_DATA_DIR, name), 'latin1')).includes(adminToken!), name)

  const second = forkControlPlane(t, { IMPRUN_DATA_DIR })
  const again = (await second.ready)!
  t.match(again, { firstStart: false, adminToken: null })
  t.equal(await status(again.url, adminToken!), 200)
  second.child.kill('SIGTERM')
  await second.exit

  const third = forkControlPlane(t, { IMPRUN_DATA_DIR, IMPRUN_ADMIN_TOKEN: 'a-token-that-was-set' })
  const set = (await third.ready)!
  t.match(set, { firstStart: false, adminToken: null })
  t.equal(await status(set.url, 'a-token-that-was-set'), 200)
  t.equal(await status(set.url, adminToken!), 401)
})

t.test('the data-plane token is made once and is its owner\'s to read', async t => {
  const IMPRUN_DATA_DIR = dataDirectory(t)
  const file = path.join(IMPRUN_DATA_DIR, 'data-plane-token')
  const feed = async (url: string, token: string): Promise<number> => {
    const answer = await fetch(`${url}/v1/feed`, { headers: { authorization: `Bearer ${token}` } })
    await answer.body?.cancel()
    return answer.status
  }
  const first = forkControlPlane(t, { IMPRUN_DATA_DIR })
  const { url } = (await first.ready)!
  const token = (await readFile(file, 'utf8')).trim()
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.equal(await feed(url, token), 200)
  first.child.kill('SIGTERM')
  t.match(await first.exit, { code: 0 })

  const second = forkControlPlane(t, { IMPRUN_DATA_DIR })
  t.equal(await feed((await second.ready)!.url, token), 200)
  second.child.kill('SIGTERM')
  await second.exit

  const third = forkControlPlane(t, { IMPRUN_DATA_DIR, IMPRUN_DATA_PLANE_TOKEN: 'a-token-that-was-set' })
  const set = (await third.ready)!
  t.equal(await feed(set.url, 'a-token-that-was-set'), 200)
  t.equal(await feed(set.url, token), 401)
})

t.test('a first start that fails does not use up the token', async t => {
  const IMPRUN_DATA_DIR = dataDirectory(t)
  const occupant = createServer().listen(0, '127.0.0.1')
  t.teardown(() => void occupant.close())
  await once(occupant, 'listening')
  const { port } = occupant.address() as AddressInfo
  const failed = forkControlPlane(t, { IMPRUN_DATA_DIR, IMPRUN_CONTROL_PORT: String(port) })
  t.equal(await failed.ready, null)
  t.match(await failed.exit, { code: 1, stderr: `imprun control-plane: port ${port} is in use; IMPRUN_CONTROL_PORT sets another one\n` })
  t.match(await forkControlPlane(t, { IMPRUN_DATA_DIR }).ready, { firstStart: true, adminToken: /^imp_admin_/ })
})
