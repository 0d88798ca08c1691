import { performance } from 'node:perf_hooks'
import { environmentDomain } from '#shared/host.ts'
import { must, type ImprunPeer } from '../peers/imprun.ts'
import { percentiles, type Percentiles } from '../report.ts'

export interface PropagationResult {
  writes: number
  /** From the admin API's answer to the first traffic answer that shows the write. */
  visibleMs: Percentiles
  /** From the admin API's request to its answer. */
  writeMs: Percentiles
  /** How often the very first traffic request showed it. */
  firstAnswer: number
}

const source = `export default async function (ctx) {
  return ctx.env.STEP
}
`
/** Traffic requests after one write; more would be seconds. */
const maxTries = 5_000

/** Writes a variable, then asks the function that answers with it until it does; one request after the other, without a pause. */
export async function measurePropagation ({ platform, gatewayId, environment, headers }: ImprunPeer, writes: number): Promise<PropagationResult> {
  const { admin, traffic } = platform
  const host = environmentDomain(gatewayId, environment, 'localhost')
  const key = headers[0]!['x-api-key']!
  const gateway = `/api-gateways/${gatewayId}`
  must(await admin('PUT', `${gateway}/functions/step`, { methods: ['GET'], path: '/step', source }))
  const visible: number[] = []
  const write: number[] = []
  let firstAnswer = 0
  for (let step = 0; step < writes; step++) {
    const started = performance.now()
    must(await admin('PUT', `${gateway}/environments/${environment}/variables/STEP`, { value: `step ${step}` }))
    const answered = performance.now()
    let tries = 1
    for (;;) {
      const answer = await traffic(host, '/step', { key })
      if (answer.text === `step ${step}`) break
      if (++tries > maxTries) throw new Error(`Traffic does not show write ${step} after ${maxTries} requests, but: ${answer.status} ${answer.text}`)
    }
    write.push(answered - started)
    visible.push(performance.now() - answered)
    if (tries === 1) firstAnswer++
  }
  return { writes, visibleMs: percentiles(visible), writeMs: percentiles(write), firstAnswer }
}
