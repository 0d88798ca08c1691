import t from 'tap'
import { callerOf } from '../../bench/clients/population.ts'
import { answers } from '../../bench/proxied/answers.ts'
import { describeSeen } from '../../bench/proxied/check.ts'

const caller = callerOf({ prefix: 'shop', gateways: 1, clientsPerGateway: 10 }, 7)
const right = { key: '', consumer: 'shop0-prod-c7', requestId: 'r1', forwardedFor: '127.0.0.1' }

t.test('what a backend sees of a proxy that knows its clients', async t => {
  t.equal(describeSeen(right, caller, true), null)
  t.match(describeSeen({ ...right, key: caller.key }, caller, true), 'the key reached the backend')
  t.match(describeSeen({ ...right, consumer: 'shop0-prod-c8' }, caller, true), /"shop0-prod-c8" asks, and not "shop0-prod-c7"/)
  t.match(describeSeen({ ...right, forwardedFor: '' }, caller, true), /told that "" asks/)
  t.match(describeSeen({ ...right, requestId: '' }, caller, true), /no request id/)
})

t.test('a proxy that knows nobody hands on what it was sent', async t => {
  t.equal(describeSeen({ ...right, key: caller.key, consumer: '', forwardedFor: '' }, caller, false), null)
  t.match(describeSeen(right, caller, false), /was sent "" as the key/)
})

t.test('answers are JSON, and as long as they are said to be', async t => {
  for (const { body } of Object.values(answers)) JSON.parse(body)
  t.equal(answers.large.body.length, 100_000)
  t.equal(answers.streamed.body.length, 64 * 16_384, 'whole chunks')
})
