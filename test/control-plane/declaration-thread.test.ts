import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { GatewayDocument } from '../../control-plane/declarations/schema.ts'
import { DocumentThread } from '../../control-plane/declarations/thread.ts'

const bomb = Buffer.from('- a\n'.repeat(500_000))

t.test('a document that takes too long is given up, and the next ones are read', async t => {
  const limits = { deadlineMs: 300 }
  const thread = new DocumentThread(limits)
  await t.rejects(thread.read(bomb, 'yaml'), { code: 'malformed_request', message: 'The body is too much to be read.' })
  limits.deadlineMs = 60_000
  await t.rejects(thread.read(Buffer.from('a: 1'), 'yaml'), { code: 'validation_failed', errors: [{ pointer: '/apiVersion' }] })
  await t.rejects(thread.read(Buffer.from('['.repeat(100_000)), 'yaml'), { code: 'malformed_request' }, 'deeper than the stack')
  await t.rejects(thread.read(Buffer.from('a: 1'), 'yaml'), { code: 'validation_failed', errors: [{ pointer: '/apiVersion' }] })
  t.match(await thread.write({ apiVersion: 'imprun/v1' } as GatewayDocument, ' Said.'), /^# Said\.\n+apiVersion: imprun\/v1\n$/)
  await thread.close()
})

t.test('a thread that nobody needs for a while ends, and another one reads', async t => {
  const thread = new DocumentThread({ idleMs: 0 })
  for (let i = 0; i < 3; i++) {
    await t.rejects(thread.read(Buffer.from('a: 1'), 'yaml'), { code: 'validation_failed' })
    await turn()
    await turn()
  }
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
