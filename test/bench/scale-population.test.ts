import t from 'tap'
import { parseApiKey } from '#shared/api-key.ts'
import { callerOf, callersIn, clientsPerGateway, environments, strangers, written, type Caller } from '../../bench/scale/population.ts'

const gateways = 100

function take (callers: Iterator<Caller, never>, count: number): Caller[] {
  return Array.from({ length: count }, () => callers.next().value)
}

t.test('every client is in one environment, and its key is one that can be told from a wrong one', async t => {
  const all = environments.flatMap(environment => callersIn(7, environment))
  t.equal(all.length, clientsPerGateway)
  t.strictSame(all.map(({ clientId }) => clientId).sort(), Array.from({ length: clientsPerGateway }, (_, index) => callerOf(7 * clientsPerGateway + index).clientId).sort())
  for (const { key, environment } of all) t.match(parseApiKey(key), { environment })
})

t.test('strangers come once each before any comes twice, no two of a gateway after each other, and none of a gateway that is written to', async t => {
  const count = gateways * clientsPerGateway * 0.98
  const met = take(strangers(gateways, 3), count)
  t.equal(new Set(met.map(({ clientId }) => clientId)).size, count)
  t.ok(met.every(({ gatewayId }, index) => gatewayId !== met[index + 1]?.gatewayId))
  const changed = new Set(take(written(gateways, 3), 50).map(({ gatewayId }) => gatewayId))
  t.notOk(met.some(({ gatewayId }) => changed.has(gatewayId)))
})

t.test('what is written to is the environment that saved functions are released to', async t => {
  t.ok(take(written(gateways, 1), 50).every(({ environment }) => environment === 'dev'))
})
