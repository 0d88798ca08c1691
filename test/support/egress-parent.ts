import { createLogger } from '#shared/log.ts'
import { superviseEgress } from '../../data-plane/egress/supervise.ts'
import { testBundles } from './bundles.ts'

/** A process that has an egress, for tests that kill it. */
await superviseEgress({ runDir: process.argv[2]!, program: (await testBundles()).egress, logger: createLogger('test', 'silent') })
process.send?.('ready')
