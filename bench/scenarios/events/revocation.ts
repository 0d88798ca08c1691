import { environmentDomain } from '#shared/host.ts'
import type { Platform } from '../../../test/support/launch.ts'
import { startPacer } from '../../engine/pace.ts'
import { verify } from '../../engine/verify.ts'
import { sharedPlatform, workerCount } from '../../events/platform.ts'
import { observe, revoke, revocationSource } from '../../events/revocation.ts'
import { connectWorkers } from '../../events/workers.ts'
import { addClient, saveFunction } from '../../events/writes.ts'
import { p99AtMost, times } from '../../figures.ts'
import { must, openGateway, version } from '../../peers/imprun.ts'
import type { Peer } from '../../peers/peer.ts'
import type { Scenario } from '../../scenario.ts'

const revocations = 150
const wantedMs = 50
const loadPerSecond = 500
const loadSeconds = 2
const gatewayId = 'revocation'

/** Keys are disabled, deleted and regenerated in turn, while another environment is asked at a constant rate. */
export const revocation: Scenario = {
  id: 'events/revocation',
  group: 'events',
  title: 'A key is revoked',
  about: `${revocations} keys are disabled, deleted and regenerated in turn, while another gateway answers ${loadPerSecond} requests a second. ` +
    `Until the last request that any of ${workerCount} edge workers lets in, each asked on a kept connection, and until a stream has ended that was opened with the key; less than 0: before the revocation was answered.`,
  mode: 'short',
  run: async bench => {
    const platform = await sharedPlatform(bench)
    const { admin, dataUrl } = platform
    must(await admin('POST', '/api-gateways', { id: gatewayId, name: 'Benchmark', config: { plugins: { 'key-auth': { cutStreams: true } } } }))
    await saveFunction(admin, { gatewayId }, 'ask', revocationSource)
    const place = { gatewayId, environment: 'dev' }
    const host = environmentDomain(gatewayId, 'dev', 'localhost')
    const workers = await connectWorkers(dataUrl, workerCount)
    bench.started.add(async () => { for (const worker of workers) await worker.close() })
    const [requests, streams] = [[] as number[], [] as number[]]
    const busy = await keepBusy(platform)
    try {
      // The first of each kind does not count: schemas are compiled when they are first needed.
      for (let index = -revoke.length; index < revocations; index++) {
        const { id, apiKey } = await addClient(admin, place, '?wait=applied')
        const { ended } = await observe(dataUrl, { host, key: apiKey }, workers)
        must(await revoke.at(index % revoke.length)!(admin, place, id))
        const answeredAt = performance.now()
        const { lastLetInAt, streamEndedAt } = await ended
        if (index < 0) continue
        requests.push(lastLetInAt - answeredAt)
        streams.push(streamEndedAt - answeredAt)
      }
    } finally {
      await busy.stop()
    }
    const figures = [times('from an answered revocation to the last request that is let in', requests), times('from an answered revocation to the end of a stream', streams)]
    return { figures, targets: figures.map(figure => p99AtMost(figure, wantedMs)) }
  }
}

/** Other clients' requests go on meanwhile. */
async function keepBusy ({ admin, dataUrl, pid }: Platform): Promise<{ stop: () => Promise<void> }> {
  await openGateway(admin, 'busy')
  await saveFunction(admin, { gatewayId: 'busy' }, 'ask', 'export default () => ({ answer: 42 })', '?wait=applied')
  const peer: Peer = {
    name: 'imprun', version: await version(), pid, url: `${dataUrl}/ask`, headers: [{ host: environmentDomain('busy', 'dev', 'localhost') }], expectedBody: '{"answer":42}', expectedHeaders: {}, close: async () => {}
  }
  await verify(peer)
  const pacer = startPacer()
  const stopping = new AbortController()
  const keepOn = async (): Promise<void> => {
    try {
      while (!stopping.signal.aborted) await pacer.measure(peer, loadPerSecond, loadSeconds)
    } finally {
      await pacer.close()
    }
  }
  const loading = keepOn()
  // Told by `stop`.
  loading.catch(() => undefined)
  return {
    stop: async () => {
      stopping.abort()
      await loading
    }
  }
}
