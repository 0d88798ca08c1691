import { measureKeys } from '../../keys/measure.ts'
import type { Scenario } from '../../scenario.ts'

export const uniformMillion: Scenario = {
  id: 'keys/uniform-1000000',
  group: 'keys',
  title: '1,000,000 clients, each as often',
  about: 'Requests of 1,000,000 clients of 1,000 gateways, each as likely to ask next as the others, against those of one client of the same platform. A worker keeps what it has worked out of about one in seventy: the others are read from the replica.',
  mode: 'full',
  run: async bench => await measureKeys(bench, 1_000_000, 'uniform', 0.9)
}
