import t from 'tap'
import { kvLimits, type KvRequest } from '#shared/kv.ts'
import { frameTypes, type FrameWriter } from '../../data-plane/functions/frames.ts'
import { writeKv } from '../../data-plane/functions/kv-frames.ts'
import { makeCall, makeFunction } from '../support/functions.ts'
import { frame, startHostile, type HostileAnswer } from '../support/hostile-sandbox.ts'

/** Asks with this text. */
const asking = (text: string): HostileAnswer => (call, _socket, writer) => writeKv(writer, call, 1, text)
const operation = (fields: object): HostileAnswer => asking(JSON.stringify(fields))

const answers: Record<string, HostileAnswer> = {
  'no ticket': frame(frameTypes.kv, writer => writer.u16(1)),
  'no JSON': asking('{'),
  'no object': asking('null'),
  'an operation that is none': operation({ op: 'drop', key: 'a' }),
  'no key': operation({ op: 'get' }),
  'a key with U+0000': operation({ op: 'get', key: 'a\0' }),
  'half of a surrogate pair': operation({ op: 'get', key: '\ud800' }),
  'a key that is too long': operation({ op: 'get', key: 'x'.repeat(kvLimits.keyBytes + 1) }),
  'a value that is too long': operation({ op: 'set', key: 'a', value: 'x'.repeat(kvLimits.valueBytes + 1), ttlSeconds: null }),
  'a value with U+0000': operation({ op: 'set', key: 'a', value: '\0', ttlSeconds: null }),
  'a value that is no text': operation({ op: 'set', key: 'a', value: {}, ttlSeconds: null }),
  'no time to live': operation({ op: 'set', key: 'a', value: '1' }),
  'a list without end': operation({ op: 'list', prefix: '', limit: 1e9, after: null }),
  'half an increment': operation({ op: 'increment', key: 'a', by: 0.5, ttlSeconds: null }),
  'a version to delete': operation({ op: 'delete', key: 'a', version: 1 }),
  'seven megabytes': asking(JSON.stringify({ op: 'set', key: 'a', value: 'x'.repeat(7_000_000), ttlSeconds: null })),
  'more operations than a call may make': (call, _socket, writer) => {
    for (let n = 0; n <= kvLimits.operationsPerCall; n++) writeKv(writer, call, n, JSON.stringify({ op: 'get', key: 'a' }))
  }
}

for (const [name, answer] of Object.entries(answers)) {
  t.test(`a sandbox that asks a key-value store with ${name} loses its connection, and nobody else anything`, async t => {
    const runner = await startHostile(t, answer)
    const fn = await makeFunction('export default () => 1')
    await t.rejects(runner.call(fn, makeCall()), { code: 'sandbox_lost' })
    await t.rejects(runner.call(fn, makeCall()), { code: 'sandbox_lost' }, 'and the link goes on')
  })
}

t.test('whose store it is, the sandbox has no say in', async t => {
  const asked: KvRequest[] = []
  const text = JSON.stringify({ op: 'get', key: 'a', gatewayId: 'other', environment: 'prod', __proto__: { gatewayId: 'other' } })
  const answer = (call: number, writer: FrameWriter): void => {
    writeKv(writer, call, 1, text)
    // For calls that are nobody's.
    writeKv(writer, call + 1, 1, text)
    writeKv(writer, 0, 1, text)
  }
  const runner = await startHostile(t, (call, _socket, writer) => {
    answer(call, writer)
    writer.begin(frameTypes.result, call)
    writer.u16(204)
    writer.u8(0)
    writer.finish()
    // Of a call that has been answered.
    answer(call, writer)
  }, {
    kv: {
      run: async request => {
        asked.push(request)
        return { result: null, error: null }
      }
    }
  })
  await runner.call(await makeFunction('export default () => 1'), makeCall())
  t.strictSame(asked, [{ gatewayId: 'shop', environment: 'dev', operation: { op: 'get', key: 'a' } }])
})
