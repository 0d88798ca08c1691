import t from 'tap'
import { describeWrong, evenly } from '../../bench/engine/verify.ts'

const expectedBody = '{"ok":true}'
const right = { status: 200, headers: { 'content-type': 'application/json', ratelimit: '"default";r=9' }, body: expectedBody }

t.test('a right answer has nothing wrong', async t => {
  t.equal(describeWrong(right, { expectedBody, expectedHeaders: { ratelimit: /r=\d/ } }), null)
  t.equal(describeWrong(right, { expectedBody: () => null, expectedHeaders: {} }), null)
  t.equal(describeWrong({ ...right, headers: { 'content-type': 'text/plain' } }, { expectedBody, expectedHeaders: { 'content-type': /^text/ } }), null)
})

t.test('each way of being wrong is said', async t => {
  const expected = { expectedBody, expectedHeaders: {} }
  t.match(describeWrong({ ...right, status: 401, body: 'no key' }, expected), 'status 401 instead of 200: no key')
  t.match(describeWrong({ ...right, body: '{}' }, expected), 'body "{}" instead of')
  t.match(describeWrong(right, { ...expected, expectedBody: body => `${body.length} bytes` }), '11 bytes')
  t.match(describeWrong({ ...right, headers: { 'content-type': 'text/plain' } }, expected), 'header content-type is "text/plain"')
  t.match(describeWrong(right, { ...expected, expectedHeaders: { vary: /origin/ } }), 'header vary is undefined')
})

t.test('what is tried reaches from the first to the last', async t => {
  t.strictSame(evenly([1, 2], 3), [1, 2])
  t.strictSame(evenly([0, 1, 2, 3, 4, 5, 6, 7, 8], 3), [0, 4, 8])
})
