import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { openFeed } from '../support/feed-reader.ts'

t.test('a reader that is sent what was read for others is sent what was committed since', async t => {
  const control = await startControlPlane(t)
  const first = await openFeed(t, control.url)
  for (const [i, id] of ['shop', 'bank', 'blog'].entries()) {
    await control.admin('POST', '/api-gateways', { id, name: id })
    await first.until(({ type, ...rest }) => type === 'commit' && 'revision' in rest && rest.revision === i + 1)
  }
  for (const query of ['', `?store=${control.store.id}&after=1`]) {
    const late = await openFeed(t, control.url, query)
    const messages = await late.until(message => message.type === 'commit' && message.revision === 3)
    t.notOk(messages.some(({ type }) => type === 'heartbeat'), 'nothing says before that nothing is lacking')
    if (query === '') t.equal(messages.filter(({ type }) => type === 'commit').length, 1, 'a snapshot holds all that was there when it was asked for')
    late.close()
  }
})
