import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { LogDatabase } from '../../control-plane/store/sqlite/logs/database.ts'
import { access, listStatement, type Access } from '../../control-plane/store/sqlite/logs/read.ts'
import { readOnStatement } from '../../control-plane/store/sqlite/logs/read-on.ts'
import { createOrigin, noon } from '../support/log-lines.ts'
import { temporaryDirectory } from '../support/platform.ts'

const dev = { gatewayId: 'shop', environment: 'dev' }
const everything = { functionName: null, minLevel: 'debug', requestId: null, since: 0, until: null, contains: null, order: 'desc' } as const

t.test('every list is a walk along an index, from where it begins and in its order', async t => {
  const file = path.join(temporaryDirectory(t), 'logs.sqlite')
  const database = new LogDatabase({ file, maxAgeMs: 1e12, maxBytes: 1e9 }, error => { throw error })
  t.teardown(() => database.close())
  const send = createOrigin()
  // Few have what is looked for, and they are the first ones: whoever looks at each line gives up before.
  for (let n = 0; n < 60; n++) {
    database.append(send(...Array.from({ length: 500 }, (_none, index) => ({
      time: noon + n, requestId: n === 0 ? 'rare' : `r${index}`, functionName: n === 0 ? 'rare' : 'hello', level: n === 0 ? 'error' as const : 'info' as const
    }))), noon + 1_000)
  }
  for (const query of [{ requestId: 'rare' }, { functionName: 'rare' }, { minLevel: 'warn' as const }, { until: noon }]) {
    const { items } = database.list(dev, { ...everything, ...query }, { limit: 200, after: null }, noon + 1_000)
    t.equal(items.length, 200, JSON.stringify(query))
  }

  const db = new DatabaseSync(file, { readOnly: true })
  t.teardown(() => db.close())
  const plan = (sql: string): string[] => db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail))
  for (const by of Object.keys(access) as Access[]) {
    for (const order of ['asc', 'desc'] as const) {
      const steps = plan(listStatement(by, order))
      t.equal(steps.length, 1, `${by} ${order}: ${steps.join('; ')}`)
      t.match(steps[0], new RegExp(`^SEARCH lines USING INDEX ${access[by].index} \\(environment=\\? AND .*time`))
    }
  }
  t.match(plan(readOnStatement), [/^SEARCH lines USING INDEX linesByNumber \(environment=\? AND number>\?\)$/])
})
