import { addedFigures, addedTargets, perSecond } from '../../added.ts'
import { hello } from '../../functions/measured.ts'
import { peersOf } from '../../functions/measure.ts'
import * as nodeHttp from '../../peers/node-http/function.ts'
import type { Scenario } from '../../scenario.ts'

export const addedByFunction: Scenario = {
  id: 'latency/function',
  group: 'latency',
  title: `What is added to the call of a function, at ${perSecond.toLocaleString('en-US')} a second`,
  about: 'Requests are sent at a constant rate, whatever becomes of those before, to a bare server that makes an object and sends it as JSON, and to imprun with the same as a function and all that a request of one of ten thousand clients meets. ' +
    'Each latency counts from when its request was due; what is added is the difference of the rounds that stand beside each other.',
  mode: 'short',
  run: async bench => {
    const latency = await bench.pace(await peersOf(bench, hello, [nodeHttp.start]), perSecond)
    return { latency, figures: addedFigures(latency, 'imprun', 'node:http'), targets: addedTargets(latency, 'imprun', 'node:http') }
  }
}
