import { drawByZipf, drawUniformly } from '../clients/draw.ts'
import { callerOf, clientsOf, headersOf, type Population } from '../clients/population.ts'
import { startFilled } from '../peers/imprun/filled.ts'
import { endpoints, expectedHeaders, wholePipeline } from '../peers/imprun/proxy.ts'
import { kindOf, version } from '../peers/imprun.ts'
import { startBackend } from '../peers/nginx/backend.ts'
import type { Peer } from '../peers/peer.ts'
import { answers } from '../proxied/answers.ts'
import { checkSeen } from '../proxied/check.ts'
import { throughputTarget } from '../report.ts'
import type { Bench, Measured } from '../scenario.ts'
import { createRandom, type Random } from '../../test/support/random.ts'

/** Which of its clients asks next. */
export type Distribution = 'uniform' | 'Zipf'

/** More than a worker keeps of those it has met, several times: who comes twice in it comes as anew as in a longer one. */
const drawn = 200_000
const seed = 8
const draw: Record<Distribution, (random: Random, population: number, count: number) => Uint32Array> = { uniform: drawUniformly, Zipf: drawByZipf }

/** Beside them, on the same platform. */
const alone: Population = { prefix: 'one', gateways: 1, clientsPerGateway: 1 }
const clientsPerGateway = 1_000

/** Requests of so many clients, against requests of one. @param atLeast times its throughput; `null`: nobody has said */
export async function measureKeys (bench: Bench, clients: number, distribution: Distribution, atLeast: number | null): Promise<Measured> {
  const many: Population = { prefix: 'many', gateways: clients / clientsPerGateway, clientsPerGateway }
  const peerOf = await bench.shared(`${clients} clients`, async started => {
    const backend = await startBackend()
    started.add(backend.close)
    const { platform, close } = await startFilled([alone, many], { plugins: wholePipeline, upstream: backend.origin, endpoints })
    started.add(close)
    const found = await version()
    await checkSeen({ name: 'imprun', origin: platform.dataUrl, knowsClients: true }, callerOf(many, clientsOf(many) - 1), callerOf(alone, 0))
    return (name: string, headers: Peer['headers']): Peer => ({
      name,
      version: found,
      pid: platform.pid,
      kindOf,
      url: `${platform.dataUrl}${answers.small.path}`,
      headers,
      expectedBody: answers.small.body,
      expectedHeaders,
      output: platform.output,
      // It goes with the platform.
      close: async () => {}
    })
  })
  const said = `imprun, ${clients.toLocaleString('en-US')} clients`
  const numbers = draw[distribution](createRandom(seed), clientsOf(many), drawn)
  const one = peerOf('imprun, 1 client', [headersOf(callerOf(alone, 0))])
  const all = peerOf(said, Array.from(numbers, number => headersOf(callerOf(many, number))))
  const throughput = await bench.saturate([await bench.start(async () => one), await bench.start(async () => all)])
  return { throughput, targets: atLeast === null ? [] : throughputTarget(throughput, said, one.name, atLeast) }
}
