import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call } = await startFunctions(t)

t.test('two functions share no global, no prototype and no state', async t => {
  const writer = await makeFunction(`
    globalThis.secret = 'mine'; Object.prototype.leaked = 'mine'; Array.prototype.map = () => 'mine'
    let calls = 0
    export default () => String(++calls)`)
  const reader = await makeFunction('export default () => `${typeof secret} ${typeof {}.leaked} ${[1].map(n => n)}`')
  t.equal(bodyText(await call(writer)), '1')
  t.equal(bodyText(await call(reader)), 'undefined undefined 1')
  t.equal(bodyText(await call(writer)), '2', 'while the state of one stays its own')
})

t.test('the same version with other variables is another function', async t => {
  const source = 'let seen; export default (ctx) => { seen ??= ctx.env.NAME; return seen }'
  t.equal(bodyText(await call(await makeFunction(source, { variables: { NAME: 'dev' } }))), 'dev')
  t.equal(bodyText(await call(await makeFunction(source, { variables: { NAME: 'prod' } }))), 'prod')
})
