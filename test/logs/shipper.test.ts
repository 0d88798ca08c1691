import t from 'tap'
import type { LogBatch } from '#shared/logs.ts'
import { UplinkError } from '../../data-plane/uplink.ts'
import { startShipper } from '../support/shipper.ts'

const messages = ({ lines }: LogBatch): string[] => lines.map(({ message }) => message)

t.test('lines go together, one batch at a time', async t => {
  const { say, next, close } = startShipper()
  say('one')
  say('two', { fields: { n: 1 } })
  const first = await next()
  t.match(first.batch, { sequence: 1, lines: [{ message: 'one', fields: '' }, { message: 'two', fields: '{"n":1}' }] })
  say('three')
  say('four')
  first.answer()
  const second = await next()
  t.match(second.batch, { origin: first.batch.origin, sequence: 2 })
  t.strictSame(messages(second.batch), ['three', 'four'])
  second.answer()
  await close()
})

t.test('a batch without an answer is sent again as it was, and said to the operator once', async t => {
  const { say, next, close, operatorLines } = startShipper()
  say('one')
  const first = await next()
  say('two')
  first.fail(new UplinkError('unreachable', 'gone'))
  const again = await next()
  t.strictSame(again.batch, first.batch)
  again.fail(new UplinkError('denied', 'who?'))
  const third = await next()
  t.strictSame(third.batch, first.batch)
  third.answer()
  const second = await next()
  t.strictSame(messages(second.batch), ['two'])
  second.answer()
  await close()
  t.strictSame(operatorLines.filter(({ level }) => Number(level) >= 30).map(({ msg }) => msg),
    ['what functions log cannot be shipped; trying again', 'what functions log is shipped again'])
})

t.test('what does not fit while the control plane is away is counted, in the words of a line', async t => {
  const { say, next, close } = startShipper({ maxBufferSize: 20_000 })
  say('first')
  const held = await next()
  for (let n = 0; n < 1_000; n++) say(`${n}`)
  say('quiet', { gatewayId: 'quiet' })
  held.answer()
  const { batch, answer } = await next()
  const { functionName, requestId, level, message, fields, ...about } = batch.lines[0]!
  t.match({ functionName, requestId, level, ...about }, { functionName: null, requestId: null, level: 'warn', gatewayId: 'shop', environment: 'dev' })
  const lost = (JSON.parse(fields) as { lines: number }).lines
  t.match(message, new RegExp(`^${lost} log lines were lost`))
  const kept = batch.lines.filter(line => line.gatewayId === 'shop' && line.functionName !== null)
  t.equal(lost + kept.length, 1_000)
  t.equal(kept.at(-1)!.message, '999')
  t.ok(messages(batch).includes('quiet'))
  answer()
  await close()
})

t.test('lines that are refused are lost, and counted, and the next ones are shipped', async t => {
  const { say, next, close, operatorLines } = startShipper()
  say('one')
  say('two', { environment: 'prod' })
  say('three')
  ;(await next()).fail(new UplinkError('refused', 'too long', { status: 413, code: 'payload_too_large' }))
  const { batch, answer } = await next()
  t.strictSame(batch.lines.map(({ environment, fields }) => `${environment} ${fields}`),
    ['dev {"code":"log_lines_lost","lines":2}', 'prod {"code":"log_lines_lost","lines":1}'])
  t.ok(operatorLines.some(({ level, lines }) => level === 50 && lines === 3))
  answer()
  await close()
})

t.test('whatever a tenant says is a line that can be taken', async t => {
  const { say, next, close } = startShipper()
  say('half \ud800 and \0 null', { fields: JSON.parse('{"__proto__":{"a":1},"bad":"\\ud800\\u0000"}') as Record<string, unknown> })
  say('x'.repeat(300_000), { fields: { y: 'y'.repeat(300_000) } })
  const { batch, answer } = await next()
  const [odd, long] = batch.lines
  t.equal(odd!.message, 'half \ufffd and \ufffd null')
  t.ok(odd!.fields.isWellFormed() && !odd!.fields.includes('\0'))
  t.equal(JSON.stringify(JSON.parse(odd!.fields)), '{"__proto__":{"a":1},"bad":"\\ud800\\u0000"}')
  t.equal(long!.message.length, 16_384)
  t.equal(long!.fields, '{"truncated":true}')
  answer()
  await close()
})

t.test('nothing is asked of the control plane when nothing is said', async t => {
  const { close, next, say } = startShipper({ flushMs: 1 })
  await new Promise(setImmediate)
  say('first')
  const { batch, answer } = await next()
  t.equal(batch.sequence, 1)
  answer()
  await close()
})

t.test('the end waits for the last lines, and not for ever', async t => {
  const patient = startShipper({ flushMs: 60_000, closeMs: 60_000 })
  patient.say('last')
  const closed = patient.close()
  const { batch, answer } = await patient.next()
  t.strictSame(messages(batch), ['last'])
  answer()
  await closed
  t.strictSame(patient.operatorLines, [])

  const hasty = startShipper({ closeMs: 20 })
  hasty.say('last')
  const sent = await hasty.next()
  await hasty.close()
  t.match(hasty.operatorLines, [{ msg: /^the last lines of functions are lost/ }])
  sent.answer()
})
