import { measureKeys } from '../../keys/measure.ts'
import type { Scenario } from '../../scenario.ts'

export const zipfTenThousand: Scenario = {
  id: 'keys/zipf-10000',
  group: 'keys',
  title: '10,000 clients, few of them often',
  about: 'Requests of 10,000 clients of 10 gateways, the k-th most frequent of whom asks k times less often than the first, against those of one client of the same platform. A worker keeps what it has worked out of all of them.',
  mode: 'short',
  run: async bench => await measureKeys(bench, 10_000, 'Zipf', null)
}
