import { pino } from 'pino'
import t from 'tap'
import { createFunctionRunner } from '../../data-plane/functions/client.ts'
import { bodyText, makeCall, makeFunction, startFunctions } from '../support/functions.ts'

t.test('calls that come before the word of where the sandboxes are wait for it: a worker may accept requests first', async t => {
  const { supervisor } = await startFunctions(t, { count: 2 })
  const runner = createFunctionRunner({ sockets: null, logger: pino({ level: 'silent' }), onLog: () => undefined })
  t.teardown(runner.close)
  const functions = await Promise.all(['shop', 'bank'].map(async gatewayId => await makeFunction('export default ctx => ctx.gateway.id', { gatewayId, key: `${gatewayId}-dev/hello@1/0` })))
  const calls = functions.map(async fn => await runner.call(fn, makeCall()))
  runner.place(supervisor.placement())
  t.strictSame((await Promise.all(calls)).map(bodyText), ['shop', 'bank'])
})

t.test('a runner that is closed before that refuses them', async t => {
  const runner = createFunctionRunner({ sockets: null, logger: pino({ level: 'silent' }), onLog: () => undefined })
  const call = runner.call(await makeFunction('export default () => 1'), makeCall())
  await runner.close()
  await t.rejects(call, { code: 'function_unavailable' })
})
