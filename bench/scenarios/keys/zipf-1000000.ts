import { measureKeys } from '../../keys/measure.ts'
import type { Scenario } from '../../scenario.ts'

export const zipfMillion: Scenario = {
  id: 'keys/zipf-1000000',
  group: 'keys',
  title: '1,000,000 clients, few of them often',
  about: 'Requests of 1,000,000 clients of 1,000 gateways, the k-th most frequent of whom asks k times less often than the first, against those of one client of the same platform. A worker keeps what it has worked out of about one in seventy, and these ask most; the others are read from the replica.',
  mode: 'full',
  run: async bench => await measureKeys(bench, 1_000_000, 'Zipf', 0.9)
}
