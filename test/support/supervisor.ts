/** A data plane's supervisor, a process that says when it is ready and what is applied: with workers of the fixture's kind, and nothing behind its sockets, unless its arguments ask for true ones. */
import { readConfig } from '#shared/config.ts'
import { egressSocket, superviseEgress, type EgressSupervisor, type SuperviseEgressOptions } from '../../data-plane/egress/supervise.ts'
import { placeShared } from '../../data-plane/functions/placement.ts'
import { superviseSandboxes, type SuperviseOptions, type SandboxSupervisor } from '../../data-plane/functions/supervise.ts'
import { bindAddress } from '../../data-plane/keeper/bind.ts'
import { startSupervisor } from '../../data-plane/supervisor.ts'
import { silent } from './replica.ts'
import { edgeWorkerFixture } from './workers.ts'

/** Nothing behind the sockets: for tests that are about something else, and need not wait for sandboxes. */
async function pretendSandboxes ({ runDir, onPlacement }: SuperviseOptions): Promise<SandboxSupervisor> {
  const placement = placeShared([`${runDir}/sandbox-1/socket`])
  onPlacement(placement, null)
  return { placement: () => placement, want: () => {}, close: async () => {} }
}

async function pretendEgress ({ runDir }: SuperviseEgressOptions): Promise<EgressSupervisor> {
  return { socketPath: egressSocket(runDir), pid: () => undefined, close: async () => {} }
}

const isReal = process.argv.includes('real-sandboxes')
const config = readConfig()
const address = await bindAddress(config.host, config.dataPort)
const supervisor = startSupervisor({
  config,
  generation: 1,
  listenFd: address.fd,
  turn: Promise.resolve(),
  token: () => config.dataPlaneToken,
  superviseSandboxes: isReal ? superviseSandboxes : pretendSandboxes,
  superviseEgress: isReal ? superviseEgress : pretendEgress,
  ...!process.argv.includes('real-workers') && { exec: edgeWorkerFixture },
  onApplied: revision => process.send!({ type: 'applied', revision }),
  logger: silent
})
process.on('message', () => void supervisor.close().then(() => process.exit()))
const port = await supervisor.ready
process.send!({ type: 'ready', port })
