import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { dataDirectory, forkControlPlane, type ControlPlaneProcess } from '../support/control-plane-process.ts'

async function admin (url: string, token: string): Promise<number> {
  return (await fetch(`${url}/v1/api-gateways`, { headers: { authorization: `Bearer ${token}` } })).status
}

async function feed (url: string, token: string): Promise<number> {
  const answer = await fetch(`${url}/v1/feed`, { headers: { authorization: `Bearer ${token}` } })
  await answer.body?.cancel()
  return answer.status
}

async function stop ({ child, exit }: ControlPlaneProcess): Promise<void> {
  child.kill('SIGTERM')
  await exit
}

t.test('tokens are made at the first start, hold at the next, and settings go before them', async t => {
  const IMPRUN_DATA_DIR = path.join(dataDirectory(t), 'made', 'at-the-start')
  const first = forkControlPlane(t, { IMPRUN_DATA_DIR })
  const { url, adminToken, firstStart, port } = (await first.ready)!
  const file = path.join(IMPRUN_DATA_DIR, 'data-plane-token')
  const dataPlaneToken = (await readFile(file, 'utf8')).trim()
  t.equal(firstStart, true)
  t.equal(url, `http://127.0.0.1:${port}`)
  t.equal(await admin(url, adminToken!), 200)
  t.equal(await feed(url, dataPlaneToken), 200)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  await stop(first)
  t.match(await first.exit, { code: 0, stderr: '' })
  for (const name of await readdir(IMPRUN_DATA_DIR)) {
    t.notOk((await readFile(path.join(IMPRUN_DATA_DIR, name), 'latin1')).includes(adminToken!), `${name} does not have the admin token`)
  }

  const second = forkControlPlane(t, { IMPRUN_DATA_DIR })
  const again = (await second.ready)!
  t.match(again, { firstStart: false, adminToken: null })
  t.equal(await admin(again.url, adminToken!), 200)
  t.equal(await feed(again.url, dataPlaneToken), 200)
  await stop(second)

  const third = forkControlPlane(t, { IMPRUN_DATA_DIR, IMPRUN_ADMIN_TOKEN: 'an-admin-token-that-was-set', IMPRUN_DATA_PLANE_TOKEN: 'a-feed-token-that-was-set' })
  const set = (await third.ready)!
  t.match(set, { firstStart: false, adminToken: null })
  t.equal(await admin(set.url, 'an-admin-token-that-was-set'), 200)
  t.equal(await admin(set.url, adminToken!), 401)
  t.equal(await feed(set.url, 'a-feed-token-that-was-set'), 200)
  t.equal(await feed(set.url, dataPlaneToken), 401)
})
