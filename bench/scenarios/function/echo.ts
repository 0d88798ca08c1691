import { measureFunction, shorter } from '../../functions/measure.ts'
import { echo } from '../../functions/measured.ts'
import type { Scenario } from '../../scenario.ts'

const about = 'A body of JSON is sent with each request, parsed, and sent back by the function.'

export const echoSmall: Scenario = {
  id: 'function/echo-1kb',
  group: 'function',
  title: 'JSON of 1 kB, there and back',
  about,
  mode: 'short',
  run: async bench => ({ throughput: await measureFunction(bench, echo(1_000), shorter(bench)) })
}

export const echoLarge: Scenario = {
  id: 'function/echo-100kb',
  group: 'function',
  title: 'JSON of 100 kB, there and back',
  about,
  mode: 'short',
  run: async bench => ({ throughput: await measureFunction(bench, echo(100_000), shorter(bench)) })
}
