/** A data plane's supervisor with workers of the fixture's kind: a process that says when it is ready and what is applied. */
import { readConfig } from '#shared/config.ts'
import { superviseSandboxes } from '../../data-plane/functions/supervise.ts'
import { startSupervisor } from '../../data-plane/supervisor.ts'
import { silent } from './replica.ts'
import { edgeWorkerFixture } from './workers.ts'

const config = readConfig()
const supervisor = startSupervisor({
  config,
  token: () => config.dataPlaneToken,
  superviseSandboxes,
  exec: edgeWorkerFixture,
  onApplied: revision => process.send!({ type: 'applied', revision }),
  logger: silent
})
process.on('message', () => void supervisor.close().then(() => process.exit()))
const port = await supervisor.ready
process.send!({ type: 'ready', port })
