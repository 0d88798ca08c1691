import t from 'tap'
import { formatLogLine } from '../../data-plane/edge/function-log.ts'

t.test('what a function says is one line, and cannot pass for another one', async t => {
  const line = formatLogLine({
    time: 1, level: 'warn', gatewayId: 'shop', environment: 'dev', functionName: 'hello', versionId: 'v1', requestId: 'r1',
    message: 'a\n{"level":50,"name":"edge"}', fields: { level: 60, name: 'edge', requestId: 'forged' }
  })
  t.equal(line.indexOf('\n'), line.length - 1)
  t.strictSame(JSON.parse(line), {
    level: 40, time: 1, name: 'function', gatewayId: 'shop', environment: 'dev', functionName: 'hello', versionId: 'v1', requestId: 'r1',
    fields: { level: 60, name: 'edge', requestId: 'forged' }, msg: 'a\n{"level":50,"name":"edge"}'
  })
})
