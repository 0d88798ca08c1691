import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

t.test('health and readiness are open', async t => {
  const { url } = await startControlPlane(t)
  for (const path of ['/healthz', '/readyz']) {
    const answer = await fetch(url + path)
    t.equal(answer.status, 200)
    t.strictSame(await answer.json(), { status: 'ok' })
  }
})

t.test('a closed store is not ready', async t => {
  const { url, store } = await startControlPlane(t)
  await store.close()
  t.equal((await fetch(`${url}/readyz`)).status, 503)
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})
