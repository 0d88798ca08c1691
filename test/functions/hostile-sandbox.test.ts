import t from 'tap'
import { frameTypes } from '../../data-plane/functions/frames.ts'
import type { FunctionLogLine } from '../../data-plane/functions/runner.ts'
import { makeCall, makeFunction } from '../support/functions.ts'
import { frame, startHostile, type HostileAnswer } from '../support/hostile-sandbox.ts'

const answers: Record<string, [HostileAnswer, code: string]> = {
  'bytes at random': [(_call, socket) => { socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n')) }, 'sandbox_lost'],
  'an unknown frame': [frame(99), 'sandbox_lost'],
  'a result of one byte': [frame(frameTypes.result, writer => writer.u8(1)), 'sandbox_lost'],
  'headers longer than the frame': [frame(frameTypes.result, writer => writer.u16(200), writer => writer.u8(4), writer => writer.u32(0xffffff)), 'sandbox_lost'],
  'headers that are no JSON': [frame(frameTypes.result, writer => writer.u16(200), writer => writer.u8(4), writer => writer.sizedText('{')), 'function_result_invalid'],
  'headers that are no text': [frame(frameTypes.result, writer => writer.u16(200), writer => writer.u8(4), writer => writer.sizedText('[[1,2]]')), 'function_result_invalid'],
  'a header with a line break': [frame(frameTypes.result, writer => writer.u16(200), writer => writer.u8(4), writer => writer.sizedText('[["x","a\\r\\ny: z"]]')), 'function_result_invalid'],
  'status 101': [frame(frameTypes.result, writer => writer.u16(101), writer => writer.u8(1)), 'function_result_invalid'],
  'a failure of its own invention': [frame(frameTypes.failed, writer => writer.text('unauthorized')), 'function_failed'],
  'a function that is never loaded': [frame(frameTypes.missing), 'function_unavailable'],
  'a log line of another shape': [(call, socket, writer) => frame(frameTypes.log, part => part.u32(1), part => part.text('[]'))(call, socket, writer), 'sandbox_lost'],
  'the end of the connection': [(_call, socket) => { socket.destroy() }, 'sandbox_lost']
}

for (const [name, [answer, code]] of Object.entries(answers)) {
  t.test(`a sandbox that sends ${name} harms only its calls`, async t => {
    const runner = await startHostile(t, answer)
    const fn = await makeFunction('export default () => 1')
    await t.rejects(runner.call(fn, makeCall()), { code })
    await t.rejects(runner.call(fn, makeCall()), { code }, 'and the link goes on')
  })
}

t.test('answers to calls that were never made are dropped', async t => {
  const runner = await startHostile(t, (call, _socket, writer) => {
    for (const id of [call + 1, 0, 0xffffffff, call]) {
      writer.begin(frameTypes.result, id)
      writer.u16(200)
      writer.u8(2)
      writer.text(`for ${id - call}`)
      writer.finish()
    }
  })
  const { body } = await runner.call(await makeFunction('export default () => 1'), makeCall())
  t.equal(body, 'for 0')
})

t.test('a line is of the time at which it came, about, whatever it says', async t => {
  const times = ['1e999', '-1', '0.5', '8640000000000001']
  const lines: FunctionLogLine[] = []
  const runner = await startHostile(t, (call, socket, writer) => {
    for (const time of times) {
      frame(frameTypes.log, part => part.u32(1), part => part.text(`{"time":${time},"level":"info","message":"m","fields":""}`))(call, socket, writer)
    }
    frame(frameTypes.failed, part => part.text('function_failed'))(call, socket, writer)
  }, { onLog: line => lines.push(line) })
  await t.rejects(runner.call(await makeFunction('export default () => 1'), makeCall()), { code: 'function_failed' })
  t.equal(lines.length, times.length)
  for (const { time } of lines) t.ok(Number.isInteger(time) && time <= Date.now() && time > Date.now() - 120_000, String(time))
})
