import { pino } from 'pino'
import type { Logger } from '#shared/log.ts'
import t from 'tap'
import { chooseConfinement } from '../../data-plane/functions/confinement.ts'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'
import { testBundles } from '../support/bundles.ts'
import { sandboxesOf } from '../support/processes.ts'

const { probe } = await testBundles()

function listener (): { said: Array<Record<string, unknown>>, logger: Logger } {
  const said: Array<Record<string, unknown>> = []
  return { said, logger: pino({ level: 'info' }, { write: text => { said.push(JSON.parse(text) as Record<string, unknown>) } }) }
}

t.test('without bubblewrap functions run, and the operator is told what that means', async t => {
  const { said, logger } = listener()
  const confinement = await chooseConfinement(probe, logger, [])
  t.match(said, [{ level: 40, msg: /bubblewrap is not installed, so sandboxes can see the file system and the network/ }])
  t.equal(said.length, 1)
  const { call } = await startFunctions(t, { confinement })
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"'))), 'fine')
})

t.test('a bubblewrap that does not work is told from none', async t => {
  const { said, logger } = listener()
  const confinement = await chooseConfinement(probe, logger, ['/bin/false'])
  t.notOk(confinement.isWrapped)
  t.match(said, [{ msg: /bubblewrap is not allowed to work here/ }])
})

t.test('sandboxes that cannot start are given up, with no process left behind', async t => {
  const { logger } = listener()
  const confinement = await chooseConfinement(probe, logger)
  const broken = { ...confinement, command: () => ({ file: '/bin/false', args: [] }) }
  await t.rejects(startFunctions(t, { confinement: broken }), { message: 'The sandboxes do not start' })
  t.strictSame(sandboxesOf(process.pid), [])
})
