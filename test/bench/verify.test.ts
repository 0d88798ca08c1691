import t from 'tap'
import { expectedBody } from '../../bench/scenarios/hello.ts'
import { describeWrong } from '../../bench/verify.ts'

const right = { status: 200, headers: { 'content-type': 'application/json', ratelimit: '"default";r=9' }, body: expectedBody }

t.test('a right answer has nothing wrong', async t => {
  t.equal(describeWrong(right, { ratelimit: /r=\d/ }), null)
})

t.test('each way of being wrong is said', async t => {
  t.match(describeWrong({ ...right, status: 401, body: 'no key' }, {}), 'status 401 instead of 200: no key')
  t.match(describeWrong({ ...right, body: '{}' }, {}), 'body "{}" instead of')
  t.match(describeWrong({ ...right, headers: { 'content-type': 'text/plain' } }, {}), 'header content-type is "text/plain"')
  t.match(describeWrong(right, { vary: /origin/ }), 'header vary is undefined')
})
