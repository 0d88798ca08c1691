import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

const gateway = '/api-gateways/shop'

t.test('what the code reads and the target lacks is refused where the source has it', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const source = 'export default ctx => [ctx.env.DATABASE_URL, ctx.env.PRESENT, ctx.env.OPTIONAL ?? "none"]'
  await admin('PUT', `${gateway}/functions/list`, { methods: ['GET'], path: '/list', source })
  await admin('PUT', `${gateway}/environments/dev/variables/DATABASE_URL`, { value: 'hidden', secret: true })
  for (const environment of ['dev', 'staging']) await admin('PUT', `${gateway}/environments/${environment}/variables/PRESENT`, { value: '1' })
  const promote = async (more = {}) => await admin('POST', `${gateway}/environments/staging/releases`, { from: 'dev', ...more })

  const refused = await promote()
  t.match(refused, {
    status: 409,
    json: {
      code: 'release_refused',
      findings: [
        { severity: 'refusal', code: 'variable_missing', functionName: 'list', message: '"list" reads the variable DATABASE_URL, which staging does not have, and dev does.' },
        { severity: 'warning', code: 'variable_missing', message: '"list" reads the variable OPTIONAL, which staging does not have.' }
      ]
    }
  })
  t.notMatch(refused.text, /hidden/)
  t.match((await promote({ dryRun: true })).json, { findings: [{ severity: 'refusal' }, { severity: 'warning' }] })
  await admin('PUT', `${gateway}/environments/staging/variables/DATABASE_URL`, { value: 'another', secret: true })
  t.match((await promote()).json, { number: 1, forced: false })
  await admin('DELETE', `${gateway}/environments/staging/variables/DATABASE_URL`)
  t.match((await admin('POST', `${gateway}/environments/prod/releases`, { from: 'staging' })), { status: 409, json: { findings: [{ message: /PRESENT/ }] } })
  t.match((await admin('POST', `${gateway}/environments/prod/releases`, { from: 'staging', force: true })).json, { forced: true })
})
