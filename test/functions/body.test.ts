import t from 'tap'
import { bodyJson, makeFunction, startFunctions } from '../support/functions.ts'

const { call, lines } = await startFunctions(t)

const echo = `export default ({ body }) => ({
  type: body instanceof Uint8Array ? 'Uint8Array' : typeof body, value: body instanceof Uint8Array ? Array.from(body) : body
})`

t.test('the body is parsed by its content type', async t => {
  const fn = await makeFunction(echo)
  const parse = async (type: string | undefined, body: Buffer | null): Promise<unknown> =>
    bodyJson(await call(fn, { method: 'POST', headers: { 'content-type': type }, body }))

  t.strictSame(await parse('application/json', Buffer.from('{"a":[1,"ü"]}')), { type: 'object', value: { a: [1, 'ü'] } })
  t.strictSame(await parse('application/problem+json; charset=utf-8', Buffer.from('"x"')), { type: 'string', value: 'x' })
  t.strictSame(await parse('application/x-www-form-urlencoded', Buffer.from('a=1&b=x+y&b=%26')), { type: 'object', value: { a: '1', b: ['x y', '&'] } })
  t.strictSame(await parse('Text/Plain', Buffer.from('grüße')), { type: 'string', value: 'grüße' })
  t.strictSame(await parse(undefined, Buffer.from('text')), { type: 'string', value: 'text' })
  t.strictSame(await parse('application/json', null), { type: 'object', value: null })
  t.strictSame(await parse('image/png', Buffer.from([0x89, 0x50, 0xff, 0])), { type: 'Uint8Array', value: [0x89, 0x50, 0xff, 0] })
  t.strictSame(await parse('application/octet-stream', Buffer.from('hü')), { type: 'Uint8Array', value: [...Buffer.from('hü')] })
})

t.test('a body that is not what it says is answered with 400, unless the function minds it', async t => {
  lines.length = 0
  const careless = await makeFunction('export default async (ctx) => ctx.body.name')
  const careful = await makeFunction('export default (ctx) => { try { return ctx.body } catch (error) { return { caught: error.name } } }')
  const headers = { 'content-type': 'application/json' }
  for (const body of [Buffer.from('{"name": '), Buffer.from([0x22, 0xff, 0x22])]) {
    await t.rejects(call(careless, { method: 'POST', headers, body }), { code: 'body_invalid', statusCode: 400 })
    t.strictSame(bodyJson(await call(careful, { method: 'POST', headers, body })), { caught: 'BodyInvalid' })
  }
  t.strictSame(lines, [], 'which is no fault of the function')
})
