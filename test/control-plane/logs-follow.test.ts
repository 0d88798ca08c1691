import t from 'tap'
import { adminToken } from '../support/control-plane.ts'
import { startLogApi } from '../support/log-api.ts'

t.test('lines are seen live, from now on, and filtered', async t => {
  const { say, follow } = await startLogApi(t)
  await say({ message: 'before' })
  const [all, severe] = await Promise.all([follow(), follow('?level=warn&function=hello&follow=true')])
  await say({ message: 'one' }, { message: 'two', level: 'error' }, { message: 'prod', environment: 'prod', level: 'error' })
  t.match(await all.next(), { type: 'message', data: { message: 'one', function: 'hello', fields: {} } })
  const two = await all.next()
  t.match(two, { data: { message: 'two', id: two.id } })
  t.strictSame(await severe.next(), two)
})

t.test('Last-Event-ID resumes without loss or repetition', async t => {
  const { say, follow } = await startLogApi(t)
  const first = await follow()
  await say({ message: '1' }, { message: '2' }, { message: '3', level: 'debug' })
  t.match(await first.next(), { data: { message: '1' } })
  first.close()
  await say({ message: '4' })
  const second = await follow('', { 'last-event-id': first.lastEventId() })
  for (const message of ['2', '3', '4']) t.match(await second.next(), { data: { message } })
  await say({ message: '5' })
  t.match(await second.next(), { data: { message: '5' } })

  const waiting = await follow('?requestId=none')
  const end = await follow('?since=2000-01-01T00:00:00Z')
  for (const message of ['1', '2', '3', '4', '5']) t.match(await end.next(), { data: { message } })
  t.equal(waiting.lastEventId(), '', 'nothing was read of it yet')
})

t.test('a reader that got no line yet knows where to resume', async t => {
  const { say, follow, url } = await startLogApi(t, { logHeartbeatMs: 20 })
  await say({ message: 'before' })
  const idle = await follow('?level=error')
  const firstError = idle.next()
  await say({ message: 'quiet' })
  // Answered by the same process, which sends heartbeats meanwhile.
  while ((idle.text().match(/^: following$/gm) ?? []).length < 3) await (await fetch(`${url}/healthz`)).text()
  const resumed = await follow('', { 'last-event-id': idle.lastEventId() })
  await say({ message: 'after', level: 'error' })
  t.match(await resumed.next(), { data: { message: 'after' } }, 'what did not fit is behind it, too')
  t.match(await firstError, { data: { message: 'after' } })
})

t.test('no text can forge an event', async t => {
  const { say, follow, read } = await startLogApi(t)
  const events = await follow()
  const message = 'a\n\ndata: {"message":"forged"}\n\r\nid: 1\revent: missed\u2028\u0085\u001b[2J\u009b2J\ufeff'
  const fields = JSON.stringify({ 'x\n\nevent: missed\ndata: ': '\r\n\r\n: ' })
  await say({ message, fields }, { message: 'next' })
  t.match(await events.next(), { type: 'message', data: { message, fields: JSON.parse(fields) as object } })
  t.match(await events.next(), { data: { message: 'next' } })
  t.notMatch(events.text(), /[^\P{Cc}\n]/u, 'nothing that a terminal obeys')
  t.equal((await read()).items[1]!.message, message)
})

t.test('a closing control plane ends the stream', async t => {
  const { follow, app, say } = await startLogApi(t)
  const events = await follow()
  await say({ message: 'last' })
  t.match(await events.next(), { data: { message: 'last' } })
  const closed = app.close()
  t.strictSame(await events.end(), [])
  await closed
})

t.test('HEAD answers without following', async t => {
  const { url } = await startLogApi(t)
  const answer = await fetch(`${url}/v1/api-gateways/shop/environments/dev/logs`, {
    method: 'HEAD', headers: { authorization: `Bearer ${adminToken}`, accept: 'text/event-stream' }
  })
  t.equal(answer.status, 200)
  t.match(answer.headers.get('content-type'), /^application\/json/)
})
