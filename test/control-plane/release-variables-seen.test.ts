import t, { type Test } from 'tap'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { usageReporter, variableUse } from '../support/usage.ts'

const gateway = '/api-gateways/shop'

interface Shop extends ControlPlane {
  /** Saves a function that reads `ctx.env` in this way. @returns its version */
  save: (expression: string) => Promise<string>
  set: (environment: string, ...names: string[]) => Promise<void>
  /** The findings about variables: severity, message, whether it was seen. */
  findings: (environment: string, request: object) => Promise<Array<[severity: string, message: string, seenAtRunTime: boolean | undefined]>>
  report: ReturnType<typeof usageReporter>
}

async function start (t: Test): Promise<Shop> {
  const plane = await startControlPlane(t)
  const { admin } = plane
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  return {
    ...plane,
    save: async expression => {
      const saved = await admin('PUT', `${gateway}/functions/list`, { methods: ['GET'], path: '/list', source: `export default ctx => ${expression}` })
      return (saved.json as { version: string }).version
    },
    set: async (environment, ...names) => {
      for (const name of names) await admin('PUT', `${gateway}/environments/${environment}/variables/${name}`, { value: '1' })
    },
    findings: async (environment, request) => {
      const { json } = await admin('POST', `${gateway}/environments/${environment}/releases`, { dryRun: true, ...request })
      const { findings } = json as { findings: Array<{ code: string, severity: string, message: string, seenAtRunTime?: boolean }> }
      return findings.filter(({ code }) => code === 'variable_missing').map(({ severity, message, seenAtRunTime }) => [severity, message, seenAtRunTime])
    },
    report: usageReporter(t, plane)
  }
}

t.test('what this version was seen to read where it comes from is refused as what is written in it', async t => {
  const { save, set, findings, report } = await start(t)
  const versionId = await save('[ctx.env.WRITTEN, ctx.env["COMP" + ctx.method], ctx.env.BOTH]')
  await set('dev', 'WRITTEN', 'COMPGET', 'BOTH', 'UNREAD')
  await report({ variables: [
    variableUse({ versionId, found: ['COMPGET', 'BOTH'], missing: ['COMPHEAD'] }),
    variableUse({ versionId, environment: 'prod', found: ['ELSEWHERE'] }),
    variableUse({ versionId, functionName: 'other', found: ['UNREAD'] })
  ] })
  t.strictSame(await findings('staging', { from: 'dev' }), [
    ['refusal', '"list" was seen to read the variable BOTH, which staging does not have, and dev does.', true],
    ['refusal', '"list" was seen to read the variable COMPGET, which staging does not have, and dev does.', true],
    ['refusal', '"list" reads the variable WRITTEN, which staging does not have, and dev does.', undefined],
    ['warning', '"list" was seen to read the variable COMPHEAD, which staging does not have.', true]
  ])
  await set('staging', 'BOTH', 'COMPGET', 'WRITTEN', 'COMPHEAD')
  t.strictSame(await findings('staging', { from: 'dev' }), [])
})

t.test('what another version has read is a warning', async t => {
  const { save, set, findings, report } = await start(t)
  const old = await save('ctx.env[ctx.path]')
  const versionId = await save('ctx.env[ctx.path] ?? ctx.env.WRITTEN')
  await set('dev', 'OLD', 'WRITTEN', 'SEEN')
  await report({ variables: [variableUse({ versionId: old, found: ['OLD', 'WRITTEN', 'SEEN'], missing: ['NEVER'] }), variableUse({ versionId, found: ['SEEN'] })] })
  t.strictSame(await findings('staging', { from: 'dev' }), [
    ['refusal', '"list" was seen to read the variable SEEN, which staging does not have, and dev does.', true],
    ['refusal', '"list" reads the variable WRITTEN, which staging does not have, and dev does.', undefined],
    ['warning', 'Another version of "list" was seen to read the variable OLD, which staging does not have, and dev does.', true]
  ])
})

t.test('of a version that comes from no environment, what it has read anywhere is a warning', async t => {
  const { save, findings, report } = await start(t)
  const old = await save('ctx.env[ctx.path]')
  const versionId = await save('1')
  await report({ variables: [variableUse({ versionId, environment: 'prod', found: ['HERE'] }), variableUse({ versionId: old, found: ['OLD'] })] })
  t.strictSame(await findings('staging', { functions: { list: versionId } }), [['warning', '"list" was seen to read the variable HERE, which staging does not have.', true]])
})
