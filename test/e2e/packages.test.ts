import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { startRegistry } from '../support/registry.ts'
import { openShop } from '../support/shop.ts'

t.test('a function answers with what its packages give it, and its faults are told by their own names', async t => {
  const registry = await startRegistry(t)
  registry.publish({ name: 'greet', version: '1.0.0', main: 'lib/greet.js' }, {
    'lib/greet.js': 'exports.greet = name => `Hello, ${name}`\nexports.fail = () => {\n  throw new Error("broken inside")\n}'
  })
  const platform = await startPlatform(t, { env: { IMPRUN_NPM_REGISTRY: registry.url, IMPRUN_LOG_LEVEL: 'info' } })
  const shop = await openShop(platform)
  await shop.configure('dev', { none: {} })
  const files = {
    'main.ts': 'import { greet, fail } from "greet"\nimport { name } from "@/shared/names"\nexport default ctx => ctx.query.fail ? fail() : { said: greet(name) }',
    'shared/names.ts': 'export const name: string = "world"',
    'package.json': '{"dependencies":{"greet":"^1.0.0"}}'
  }
  const saved = await platform.admin('PUT', '/api-gateways/shop/functions/greet', { methods: ['GET'], path: '/greet', entrypoint: 'main.ts', files })
  t.equal(saved.status, 201, saved.text)
  const { value } = await shop.askUntil('dev', '/greet', answer => answer.status === 200)
  t.strictSame(value.json, { said: 'Hello, world' })
  t.equal((await shop.ask('dev', '/greet?fail=1')).status, 500)
  await platform.close()
  t.match(platform.output(), /broken inside/)
  t.match(platform.output(), /node_modules\/greet\/lib\/greet\.js:3/)
})
