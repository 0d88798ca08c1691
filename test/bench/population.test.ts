import t from 'tap'
import { parseApiKey } from '#shared/api-key.ts'
import { parseGatewayHost } from '#shared/host.ts'
import { callerOf, callersIn, clientsOf } from '../../bench/clients/population.ts'

const population = { prefix: 'shop', gateways: 3, clientsPerGateway: 4 }

t.test('callers have keys and hosts as real ones are', async t => {
  const { key, host, consumer } = callerOf(population, 5)
  t.match(parseApiKey(key), { environment: 'prod' })
  t.match(parseGatewayHost(host, 'localhost'), { gatewayId: 'shop1', environment: 'prod' })
  t.equal(consumer, 'shop1-prod-c5')
})

t.test('no two have the same key, nor those of two populations', async t => {
  const of = (prefix: string): string[] => Array.from({ length: clientsOf(population) }, (_, number) => callerOf({ ...population, prefix }, number).key)
  t.equal(new Set([...of('shop'), ...of('other')]).size, 2 * clientsOf(population))
})

t.test('a gateway has those that say so', async t => {
  t.strictSame(callersIn(population, 2), [8, 9, 10, 11].map(number => callerOf(population, number)))
})
