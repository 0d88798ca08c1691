import t from 'tap'
import { pluginsSchema } from '#shared/plugins/plugins.ts'
import { addedFigures } from '../../bench/policies/added.ts'
import { allOn, policyCases, unmeasured } from '../../bench/policies/cases.ts'
import { NotComparable } from '../../bench/report.ts'
import type { ThroughputOfPeer } from '../../bench/result.ts'

const peer = (name: string, micros: number[]): ThroughputOfPeer => ({
  name, version: '1', generator: 'none', connections: 1, secondsOfRound: 1, rounds: micros.map(edge => ({ requestsPerSecond: 1, p50Ms: null, p99Ms: null, cpuMicros: { edge } }))
})

t.test('every policy is measured, or it is said why not', async t => {
  const measured = new Set(policyCases.flatMap(({ plugins }) => Object.keys(plugins)))
  const said = [...measured, ...Object.keys(unmeasured)].toSorted()
  t.strictSame([...new Set(said)], Object.keys(pluginsSchema.properties).toSorted())
  t.equal(said.length, new Set(said).size, 'and not both')
})

t.test('all that can be on at once are', async t => {
  const off = Object.keys(pluginsSchema.properties).filter(name => !(name in allOn.plugins) && !(name in unmeasured))
  t.strictSame(off.toSorted(), ['basic-auth', 'jwt-auth', 'mocking'], 'two are in the place of keys, one answers in the place of the upstream')
  t.match(allOn.headers?.({ id: 'c1', key: 'k1' }), { 'x-api-key': 'k1', origin: /./, 'x-page': '7', 'accept-encoding': 'gzip' })
})

t.test('what each adds, against what it is held against, the most expensive first', async t => {
  const measured = [peer('none', [50, 60, 55]), peer('key-auth', [58, 69, 63]), peer('scopes', [59, 70, 64]), peer('mocking', [30, 30, 30])]
  t.strictSame(addedFigures(measured, [
    { name: 'mocking', own: 'mocking', without: 'none' }, { name: 'scopes', own: 'scopes', without: 'key-auth' }, { name: 'key-auth', own: 'key-auth', without: 'none' }
  ]), [
    { name: 'key-auth, added to a request', unit: 'µs', values: [8, 9, 8], as: 'median' },
    { name: 'scopes, added to a request', unit: 'µs', values: [1, 1, 1], as: 'median' },
    { name: 'mocking, added to a request', unit: 'µs', values: [-20, -30, -25], as: 'median' }
  ])
  t.throws(() => addedFigures(measured, [{ name: 'cors', own: 'cors', without: 'none' }]), NotComparable)
})
