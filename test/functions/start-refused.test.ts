import path from 'node:path'
import t from 'tap'
import { chooseConfinement } from '../../data-plane/functions/confinement.ts'
import { sandboxLimits } from '../../data-plane/functions/limits.ts'
import { SandboxStock } from '../../data-plane/functions/stock.ts'
import { testBundles } from '../support/bundles.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { recordingLogger } from '../support/replica.ts'

t.test('a sandbox for which the disk has no room is one that has ended, and no end of the supervisor', async t => {
  const bundles = await testBundles()
  const { logger, lines } = recordingLogger()
  const ends: string[] = []
  const stock = new SandboxStock({
    // What refuses its folder is not what a full disk says, and thrown in the same place.
    runDir: path.join(temporaryDirectory(t), 'missing'),
    bundles,
    egressSocket: null,
    confinement: await chooseConfinement(bundles.probe, logger),
    logger,
    limits: sandboxLimits,
    onHeavy: () => {},
    onEnd: (_, { reason }) => ends.push(reason)
  })
  const taken = stock.take()
  t.equal(taken.state(), 'doomed')
  t.equal(await taken.listening, false)
  await taken.ended
  t.strictSame(ends, ['crash'])
  t.match(lines().filter(({ level }) => level === 50), [{ msg: 'a sandbox could not be started', err: { code: 'ENOENT' } }])
})
