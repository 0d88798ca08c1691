import t from 'tap'
import { parseOrder } from '../../bench/arguments.ts'
import type { Scenario } from '../../bench/scenario.ts'

const scenario = (id: string, mode: Scenario['mode'] = 'short'): Scenario =>
  ({ id, group: id.split('/')[0] as Scenario['group'], title: id, about: '', mode, run: async () => ({}) })
const all = [scenario('function/hello'), scenario('function/long', 'full'), scenario('proxy/small'), scenario('capacity/density', 'full')]
const chosen = (...args: string[]): string[] => parseOrder(args, all).scenarios.map(({ id }) => id)

t.test('what is run without a name', async t => {
  t.strictSame(chosen(), ['function/hello', 'proxy/small'])
  t.strictSame(chosen('full'), ['function/hello', 'function/long', 'proxy/small', 'capacity/density'])
  t.equal(parseOrder([], all).isWhole, true)
})

t.test('what is named', async t => {
  t.strictSame(chosen('--only', 'proxy,function'), ['function/hello', 'proxy/small'], 'in the order of the list')
  t.strictSame(chosen('full', '--only', 'function'), ['function/hello', 'function/long'])
  t.strictSame(chosen('--only', 'function/long'), ['function/long'], 'it is meant, whatever its mode')
  t.strictSame(chosen('--only', 'proxy', '--only', 'function/hello'), ['function/hello', 'proxy/small'])
  t.equal(parseOrder(['--only', 'proxy'], all).isWhole, false)
})

t.test('how it is run', async t => {
  t.match(parseOrder(['full', '--rounds', '9', '--seconds', '6', '--json', 'a.json', '--gateways', '10,20', '--stores', 'sqlite', '--folder', '/kept'], all), {
    mode: 'full', rounds: 9, secondsOfRound: 6, json: 'a.json', options: { gateways: [10, 20], stores: ['sqlite'], folder: '/kept' }
  })
  t.match(parseOrder([], all), { mode: 'short', json: null, profileDir: null, options: { gateways: null, stores: null, folder: null } })
  t.match(parseOrder(['--profile'], all).profileDir, /bench\/results\/profiles$/)
  t.equal(parseOrder(['--profile-dir', '/kept'], all).profileDir, '/kept')
})

t.test('what there is not, is refused', async t => {
  t.throws(() => chosen('--only', 'function/helo'), { message: 'There is no scenario "function/helo", but function/hello, function/long, proxy/small, capacity/density' })
  t.throws(() => chosen('--only', 'capacity'), { message: 'All of capacity is in "full"' })
  t.throws(() => chosen('fulll'), /There is "full" and nothing else, not "fulll"/)
  t.throws(() => chosen('--rounds', '0'), /--rounds must be a whole number from 1, not "0"/)
  t.throws(() => chosen('--gateways', '10,x'), /--gateways must be/)
  t.throws(() => chosen('--rouns', '3'), /--rouns/)
})
