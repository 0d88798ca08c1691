import type { Test } from 'tap'
import { startFrontProxy, type FrontProxy } from '../../support/front-proxies.ts'
import { startProxy } from '../../support/upstream.ts'
import { cases } from './cases.ts'
import { observe } from './observe.ts'
import { startRecorder } from './recorder.ts'

/** Every case goes through Debian's server; where there is none the test is left out, and says why. */
export async function passThrough (t: Test, name: 'nginx' | 'haproxy', find: () => Promise<FrontProxy>): Promise<void> {
  const found = await find().catch((error: Error) => error.message)
  await t.test(`behind ${name} each request is one request with the path that was decided about, or none`, { skip: typeof found === 'string' ? `there is no ${name}: ${found}` : false }, async t => {
    const recorder = await startRecorder(t)
    const edge = await startProxy(t, recorder.origin)
    const port = await startFrontProxy(t, found as FrontProxy, edge.port)
    for (const each of cases) {
      const expected = each[name] ?? each.direct
      t.equal(await observe(t, { edge, recorder, port }, each, expected), expected, JSON.stringify(each.name))
    }
    t.strictSame(recorder.faults, [])
  })
}
