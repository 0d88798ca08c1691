import t from 'tap'
import { DocumentThread } from '../../control-plane/declarations/thread.ts'

const bomb = Buffer.from('- a\n'.repeat(500_000))

t.test('a document that takes too long is given up, and the next one is read', async t => {
  const thread = new DocumentThread({ deadlineMs: 300 })
  await t.rejects(thread.read(bomb, 'yaml'), { code: 'malformed_request', message: 'The body is too much to be read.' })
  await t.rejects(new DocumentThread().read(Buffer.from('a: 1'), 'yaml'), { code: 'validation_failed' })
  await thread.close()
})

t.test('the event loop goes on meanwhile', async t => {
  const thread = new DocumentThread({ deadlineMs: 300 })
  let turns = 0
  let next = setImmediate(function count () {
    turns++
    next = setImmediate(count)
  })
  await t.rejects(thread.read(bomb, 'yaml'), { code: 'malformed_request' })
  clearImmediate(next)
  t.ok(turns > 100, `${turns} turns`)
})

t.test('more documents than can wait are refused', async t => {
  const thread = new DocumentThread({ deadlineMs: 20 })
  const outcomes = await Promise.allSettled(Array.from({ length: 22 }, () => thread.read(Buffer.from(''), 'json')))
  t.equal(outcomes.filter(outcome => outcome.status === 'rejected' && (outcome.reason as { code?: string }).code === 'too_many_requests').length, 1)
})
