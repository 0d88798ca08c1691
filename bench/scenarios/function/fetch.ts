import { fetched, measureFunction, shorter } from '../../functions/measure.ts'
import { fetching } from '../../functions/measured.ts'
import type { Scenario } from '../../scenario.ts'

export const fetch: Scenario = {
  id: 'function/fetch',
  group: 'function',
  title: 'One outbound request',
  about: 'The function asks nginx on the same machine for a small JSON and answers with it. imprun\'s sandboxes have no network: the request goes through an egress that checks the address.',
  mode: 'short',
  run: async bench => ({ throughput: await measureFunction(bench, fetching(fetched.body), shorter(bench)) })
}
