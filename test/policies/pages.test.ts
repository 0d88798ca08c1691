import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { authenticationExamples } from '#shared/plugins/authentication-examples.ts'
import { policyExamples } from '#shared/policies/examples.ts'
import { policyPages } from '#shared/policies/pages.ts'
import { startEdge } from '../support/edge.ts'

const folder = path.join(import.meta.dirname, '..', '..', 'docs', 'policies')

t.test('the pages of policies say what their schemas say: npm run docs:policies', async t => {
  const pages = policyPages()
  t.strictSame(readdirSync(folder).sort(), [...pages.keys()].sort())
  for (const [name, text] of pages) t.equal(readFileSync(path.join(folder, name), 'utf8'), text, name)
})

t.test('the example of each page is answered as the page says', async t => {
  for (const [name, { settings, request, answer }] of Object.entries({ ...policyExamples, ...authenticationExamples })) {
    const edge = await startEdge(t, { functions: { hello: () => ({ status: 200, headers: [['content-type', 'text/plain']], body: 'hello' }) } })
    edge.addGateway('shop', { plugins: { ...(!Object.hasOwn(authenticationExamples, name) && { none: {} }), [name]: settings }, routes: [{ path: '/hello', methods: ['GET', 'POST'] }] })
    const { path, ...init } = request
    const { status, headers: fields = {}, body } = answer
    t.match(await edge.traffic('shop.api.localhost', path, init), { status, headers: fields, ...(body !== undefined && { text: body }) }, name)
  }
})
