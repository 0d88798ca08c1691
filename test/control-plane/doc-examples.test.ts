import t, { type Test } from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readDocExamples } from '../support/doc-examples.ts'
import type { Admin } from '../support/http.ts'

const getProduct = (value: number) => ({ methods: ['GET'], path: '/products/:id', source: `export default () => ${value}` })

async function openShop (t: Test): Promise<Admin> {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', '/api-gateways/shop/functions/get-product', getProduct(1))
  return admin
}

async function follow (t: Test, admin: Admin, page: string): Promise<void> {
  const examples = readDocExamples(page)
  t.ok(examples.some(({ answer }) => answer !== undefined))
  for (const { method, path, body, answer } of examples) {
    const { status, json, text } = await admin(method, path, body)
    t.ok(status < 300, `${method} ${path} ${text}`)
    if (answer !== undefined) t.match(json, answer, `${method} ${path}`)
  }
}

t.test('canaries.md', async t => {
  const admin = await openShop(t)
  await admin('POST', '/api-gateways/shop/environments/prod/releases', { from: 'dev', force: true })
  await admin('PUT', '/api-gateways/shop/functions/get-product', getProduct(2))
  await admin('POST', '/api-gateways/shop/environments/staging/releases', { from: 'dev' })
  await follow(t, admin, 'canaries.md')
})

t.test('previews.md', async t => await follow(t, await openShop(t), 'previews.md'))
