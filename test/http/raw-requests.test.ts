import t from 'tap'
import { startProxy } from '../support/upstream.ts'
import { cases } from './corpus/cases.ts'
import { observe } from './corpus/observe.ts'
import { startRecorder } from './corpus/recorder.ts'

t.test('each request is one request with the path that was decided about, or none', async t => {
  const recorder = await startRecorder(t)
  const edge = await startProxy(t, recorder.origin)
  for (const each of cases) {
    t.equal(await observe(t, { edge, recorder, port: edge.port }, each, each.direct), each.direct, JSON.stringify(each.name))
  }
  t.strictSame(recorder.faults, [])
})
