import t from 'tap'
import type { LoadGenerator } from '../../bench/engine/load.ts'
import { runScenarios, type Outcome } from '../../bench/engine/run-scenarios.ts'
import { createStarted } from '../../bench/engine/started.ts'
import { Unavailable, type Peer } from '../../bench/peers/peer.ts'
import { NotComparable } from '../../bench/report.ts'
import type { Bench, Measured, Scenario } from '../../bench/scenario.ts'

const generator: LoadGenerator = { name: 'none', measure: async () => { throw new Error('nothing is to be measured') } }
const settings = { mode: 'short', rounds: 1, secondsOfRound: 1, options: { gateways: null, stores: null, folder: null }, profileDir: null } as const
const scenario = (id: string, run: (bench: Bench) => Promise<Measured>): Scenario => ({ id, group: id.split('/')[0] as Scenario['group'], title: id, about: '', mode: 'short', run })
const run = async (...scenarios: Scenario[]): Promise<Outcome & { said: string, told: string[] }> => {
  const lines: string[] = []
  const told: string[] = []
  const outcome = await runScenarios(scenarios, settings, { generator, started: createStarted(), say: line => lines.push(line), onResult: ({ id }) => told.push(id) })
  return { ...outcome, said: lines.join('\n'), told }
}
const peer = (name: string, close: () => Promise<void>): Peer =>
  ({ name, version: '1', pid: process.pid, url: 'http://127.0.0.1:9/', headers: [{}], expectedBody: '', expectedHeaders: {}, output: () => 'what it wrote', close })

t.test('what compares nothing is not told, and the others are', async t => {
  const { results, failed, said, told } = await run(
    scenario('function/wrong', async () => { throw new NotComparable('workerd does not answer right') }),
    scenario('function/right', async () => ({ figures: [{ name: 'a', unit: 'ms', values: [1], as: 'median' }] }))
  )
  t.strictSame(results.map(({ id, throughput, figures }) => [id, throughput, figures.length]), [['function/right', [], 1]])
  t.strictSame(failed, [{ scenario: 'function/wrong', reason: 'workerd does not answer right' }])
  t.strictSame(told, ['function/right'])
  t.match(said, 'No comparison of function/wrong: workerd does not answer right')
})

t.test('a fault is no result either, and what the peers have written is shown', async t => {
  const { results, failed, said } = await run(scenario('function/fault', async bench => {
    await bench.start(async () => peer('imprun', async () => undefined))
    throw new TypeError('no such thing')
  }))
  t.strictSame(results, [])
  t.strictSame(failed, [{ scenario: 'function/fault', reason: 'TypeError: no such thing' }])
  t.match(said, 'imprun has written:\nwhat it wrote')
})

t.test('a peer that cannot be had is missing', async t => {
  const { results, missing } = await run(scenario('function/hello', async bench => {
    t.equal(await bench.start(async () => { throw new Unavailable('deno', 'npm has none for plan9') }), null)
    return {}
  }))
  t.equal(results.length, 1)
  t.strictSame(missing, [{ scenario: 'function/hello', peer: 'deno', reason: 'npm has none for plan9' }])
})

t.test('what is shared is made once for a group, and all is closed in its turn', async t => {
  const events: string[] = []
  const uses = (id: string): Scenario => scenario(id, async bench => {
    const number = await bench.shared('platform', async started => {
      started.add(async () => { events.push('platform closed') })
      return events.push('platform made')
    })
    t.type(number, 'number')
    await bench.start(async () => peer(id, async () => { events.push(`${id} closed`) }))
    return {}
  })
  await run(uses('function/a'), uses('function/b'), uses('proxy/c'))
  t.strictSame(events, ['platform made', 'function/a closed', 'function/b closed', 'platform closed', 'platform made', 'proxy/c closed', 'platform closed'])
})
