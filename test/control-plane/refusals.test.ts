import t from 'tap'
import { refusalsEveryMs, refusalsMatter, type Refusal } from '#shared/refusals.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { postAsDataPlane } from '../support/data-plane-calls.ts'

const [nodeA, nodeB] = ['A'.repeat(20), 'B'.repeat(20)] as const
const refusal: Refusal = { kind: 'environment', gatewayId: 'shop', environment: 'dev', id: null, revision: 7, reason: 'GET /b is answered by another route already (/a)' }

async function report ({ url }: ControlPlane, nodeId: string, refusals: object[]): Promise<number> {
  return (await postAsDataPlane(url, refusalsMatter(nodeId), { refusals })).status
}

async function list ({ admin }: ControlPlane, environment: string): Promise<unknown> {
  return (await admin('GET', `/api-gateways/shop/environments/${environment}/refusals`)).json
}

t.test('what data planes refuse is shown where it belongs, until they take something newer', async t => {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  t.strictSame(await list(control, 'dev'), { items: [] })
  const ofGateway: Refusal = { ...refusal, kind: 'gateway', environment: null, reason: 'it is not valid' }
  t.equal(await report(control, nodeA, [refusal, ofGateway, { ...refusal, gatewayId: 'bank' }]), 204)
  t.equal(await report(control, nodeB, [{ ...refusal, environment: 'prod' }]), 204)
  const reportedAt = new Date(control.clock.now()).toISOString()
  const { kind, id, revision, reason } = refusal
  const gatewayItem = { dataPlane: nodeA, kind: 'gateway', id: null, revision, reason: 'it is not valid', reportedAt }
  t.strictSame(await list(control, 'dev'), { items: [{ dataPlane: nodeA, kind, id, revision, reason, reportedAt }, gatewayItem] })
  t.match(await list(control, 'prod'), { items: [{ dataPlane: nodeB, revision: 7 }, gatewayItem] })
  t.equal(await report(control, nodeA, []), 204)
  t.strictSame(await list(control, 'dev'), { items: [] })
  control.clock.advance(3 * refusalsEveryMs + 1)
  t.strictSame(await list(control, 'prod'), { items: [] }, 'who is not heard of any more has nothing to say')
})

t.test('what is no report is refused', async t => {
  const control = await startControlPlane(t)
  for (const wrong of [{ ...refusal, gatewayId: '../x' }, { ...refusal, reason: 'x'.repeat(1_000) }, { ...refusal, more: 1 }, null]) {
    t.equal(await report(control, nodeA, [wrong as object]), 400)
  }
  t.match(await control.admin('GET', '/api-gateways/shop/environments/dev/refusals'), { status: 404, json: { code: 'api_gateway_not_found' } })
})
