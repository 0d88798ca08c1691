import { measureKeys } from '../../keys/measure.ts'
import type { Scenario } from '../../scenario.ts'

export const uniformTenThousand: Scenario = {
  id: 'keys/uniform-10000',
  group: 'keys',
  title: '10,000 clients, each as often',
  about: 'Requests of 10,000 clients of 10 gateways, each as likely to ask next as the others, against those of one client of the same platform. A worker keeps what it has worked out of all of them.',
  mode: 'short',
  run: async bench => await measureKeys(bench, 10_000, 'uniform', null)
}
