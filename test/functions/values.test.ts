import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const values: Array<[expression: string, status: number, contentType: string | undefined, body: string]> = [
  ['{ hello: "world" }', 200, 'application/json', '{"hello":"world"}'],
  ['[1, "zwei", null]', 200, 'application/json', '[1,"zwei",null]'],
  ['null', 200, 'application/json', 'null'],
  ['42', 200, 'application/json', '42'],
  ['false', 200, 'application/json', 'false'],
  ['"grüße 👋"', 200, 'text/plain; charset=utf-8', 'grüße 👋'],
  ['""', 200, 'text/plain; charset=utf-8', ''],
  ['undefined', 204, undefined, ''],
  ['new Date(0)', 200, 'application/json', '"1970-01-01T00:00:00.000Z"'],
  ['new Uint8Array([104, 105])', 200, 'application/octet-stream', 'hi'],
  ['new Uint8Array([104, 105]).buffer', 200, 'application/octet-stream', 'hi'],
  ['new Uint8Array([1, 104, 105, 1]).subarray(1, 3)', 200, 'application/octet-stream', 'hi']
]

t.test('what a function returns becomes a response', async t => {
  const { call } = await startFunctions(t)
  for (const [expression, status, contentType, body] of values) {
    for (const kind of ['', 'async ']) {
      const result = await call(await makeFunction(`export default ${kind}() => (${expression})`))
      t.equal(result.status, status, `${kind}${expression}: status`)
      t.equal(result.headers.find(([name]) => name === 'content-type')?.[1], contentType, `${kind}${expression}: content type`)
      t.equal(bodyText(result), body, `${kind}${expression}: body`)
    }
  }
})
