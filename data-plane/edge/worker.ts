import { once } from 'node:events'
import { systemClock } from '#shared/clock.ts'
import { readConfig } from '#shared/config.ts'
import type { DataPlaneTrouble } from '#shared/data-planes.ts'
import { createLogger } from '#shared/log.ts'
import { createIdentityEndpoints } from '../authentication/endpoints.ts'
import { createChangeTeller } from '../cache/changes.ts'
import { createCanaryReporter } from '../canaries/reporter.ts'
import { readControlCa } from '../control-plane-trust.ts'
import { createAddressGuard } from '../egress/addresses.ts'
import { createLookup } from '../egress/dns.ts'
import { TraceStore } from '../explain/trace-store.ts'
import { createFunctionRunner } from '../functions/client.ts'
import type { FunctionLogLine, RunnableFunction } from '../functions/runner.ts'
import { createFreshness, openHeardFile } from '../freshness.ts'
import { createLogShipper } from '../logs/shipper.ts'
import { KvClient } from '../kv/client.ts'
import { createConcurrency } from '../limits/concurrency.ts'
import { createWindowCounters } from '../limits/counter.ts'
import { openSharedCounters } from '../limits/shared-counters.ts'
import { listeningFd } from '../keeper/messages.ts'
import { awaitSuccessor } from '../orphan.ts'
import { openReplicaReader } from '../replica/reader.ts'
import { replicaFile } from '../replica/schema.ts'
import { beginning, linkSupervisor } from '../supervisor-link.ts'
import { dataPlaneToken } from '../token.ts'
import { createUpstreamPools } from '../upstream/pools.ts'
import { createUplink } from '../uplink.ts'
import { createUsageReporter } from '../usage/reporter.ts'
import { openAccessLog } from './access-log.ts'
import { buildEdge } from './app.ts'
import { draftVersion } from './environment.ts'
import { openFunctionLog } from './function-log.ts'
import { createInvoke } from './invoke.ts'
import { createOrderRunner } from './orders.ts'
import { createReplicaWatch } from './replica-watch.ts'
import { createRequestIds } from './request-id.ts'
import { createRunScheduled } from './run-scheduled.ts'
import { createSecretOpener } from './secrets.ts'

/** Before the supervisor's patience ends: what is cut off by then is recorded. */
const lastWordsMs = 1_000

/** The process of an edge worker: `worker.ts <generation> <number>`. Its supervisor says when to begin, what changed and when to end. */
await beginning()
const [, , generation, worker = String(process.pid)] = process.argv
const config = readConfig()
const logger = createLogger('edge', config.logLevel)
const record = openAccessLog({
  to: config.accessLog, dataDir: config.dataDir, worker, onError: error => logger.error({ err: error }, 'the access log cannot be written')
})
// How much a function says is its owner's choice, not the operator's.
const functionLog = openFunctionLog(config.logLevel === 'silent' ? Infinity : 0, error => logger.error({ err: error }, 'the log of functions cannot be written'))
const uplink = createUplink({ controlUrl: config.controlUrl, ca: readControlCa(config), token: () => dataPlaneToken(config) })
const shipper = createLogShipper({ uplink, logger, clock: systemClock })
const canaries = createCanaryReporter({ uplink, logger })
const usage = createUsageReporter({ uplink, logger })
const tellOwner = (line: FunctionLogLine): void => {
  functionLog.write(line)
  shipper.write(line)
}
/** What a draft reads says nothing of any version. */
const addName = (fn: RunnableFunction, name: string, isThere: boolean): void => {
  if (fn.versionId !== draftVersion) usage.addName(fn, name, isThere)
}
const runner = createFunctionRunner({
  sockets: null, logger, onLog: tellOwner, onVariable: addName, onWanted: slot => supervisor.wantSandbox(slot), kv: new KvClient({ uplink, logger })
})

const freshness = createFreshness()
// Before the line to the supervisor: what comes over it finds everything below.
const sharedCounters = await openSharedCounters({ config, onState: away => supervisor.limitsAway(away) })
let trouble: DataPlaneTrouble | null = null
const traces = config.traceMb === 0 ? null : new TraceStore(config.traceMb * 1024 * 1024)
const outbound = { guard: createAddressGuard({ allow: config.egressAllow }), lookup: createLookup({ servers: config.egressDns }) }
const upstreams = createUpstreamPools(outbound)
const identity = createIdentityEndpoints(outbound)

// First the line to the supervisor, then the replica: so no change falls between them.
const supervisor = linkSupervisor({
  onSandboxes: runner.place,
  onChanged: change => edge.hot.apply(change),
  onHeard: heard => freshness.hear(heard),
  onTrouble: met => { trouble = met },
  onTargetsDown: (key, urls) => edge.setDown(key, urls),
  onAnswersChanged: changes => edge.forgetAnswers(changes),
  onOrder: order => carryOut(order),
  onWatch: isOn => watch.set(isOn),
  onTicketKeys: keys => edge.setTicketKeys(keys),
  onOrphaned: async () => await awaitSuccessor({ dataDir: config.dataDir, generation: Number(generation) }),
  onDrain: async deadlineMs => {
    const cutAfterMs = Math.max(0, deadlineMs - lastWordsMs)
    await Promise.all([edge.drain(cutAfterMs), supervisor.finishOrders(cutAfterMs)])
    await Promise.all([runner.close(), upstreams.close(), identity.close()])
    await Promise.all([record.close(), functionLog.close(), shipper.close(), canaries.close(), usage.close(), sharedCounters?.close()])
    await uplink.close()
    replica.close()
  }
})
const replica = openReplicaReader(replicaFile(config.dataDir), { onDamage: supervisor.replicaDamaged })
const edge = buildEdge({
  config,
  replica,
  // Workers that are several ask the supervisor, which counts for the machine.
  counters: config.workers === 1 ? createWindowCounters() : supervisor.counters,
  sharedCounters,
  concurrency: config.workers === 1 ? createConcurrency() : supervisor.concurrency,
  quotas: supervisor.quotas,
  nonces: supervisor.nonces,
  runner,
  openSecret: createSecretOpener(config),
  clock: systemClock,
  freshness,
  trouble: () => trouble,
  logger,
  record,
  canaries,
  usage,
  upstreams,
  identity,
  tellOwner,
  onUpstreamUse: supervisor.upstreamUsed,
  onAnswerChange: config.workers === 1 ? () => undefined : createChangeTeller(supervisor.answersChanged),
  traces,
  worker: Number(worker)
})
const watch = createReplicaWatch({ replica, apply: edge.hot.apply, heard: openHeardFile(config.dataDir), hear: freshness.hear })
const nextRequestId = createRequestIds()
const carryOut = createOrderRunner({
  invoke: createInvoke({ hot: edge.hot, runner, baseDomain: config.baseDomain, nextRequestId, logger }),
  explain: edge.explain,
  runScheduled: createRunScheduled({ hot: edge.hot, runner, baseDomain: config.baseDomain, nextRequestId, clock: systemClock, logger })
})

try {
  await Promise.all([edge.app.ready(), sharedCounters?.ready])
  edge.app.server.listen({ fd: listeningFd })
  await once(edge.app.server, 'listening')
  const address = edge.app.server.address()
  supervisor.ready(typeof address === 'object' && address !== null ? address.port : config.dataPort)
} catch (error) {
  supervisor.listenFailed(error as NodeJS.ErrnoException)
}
