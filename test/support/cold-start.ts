import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { reachable, startTarget } from './egress.ts'
import type { Answer, Traffic } from './http.ts'
import { startPlatform, type Platform } from './platform.ts'
import { openShop, shopId } from './shop.ts'

export const secret = 'the-secret-that-nobody-may-read'
export const settings = {
  IMPRUN_SECRET_KEY: randomBytes(32).toString('base64url'),
  IMPRUN_EGRESS_ALLOW: `${reachable}/32`,
  IMPRUN_DATA_PLANE_TOKEN: 'token-of-the-data-plane'
}
export const host = `${shopId}-dev.api.localhost`

/** A platform that serves a function with a secret, and an upstream; four requests a day for each client. */
export async function serveShop (t: Test, dataDir: string): Promise<{ platform: Platform, key: string }> {
  const platform = await startPlatform(t, { dataDir, env: settings })
  const shop = await openShop(platform)
  const target = await startTarget(t, (request, response) => response.end(`upstream ${request.url}`))
  await platform.admin('PUT', `/api-gateways/${shopId}/environments/dev/variables/TOKEN`, { value: secret, secret: true })
  await platform.admin('PUT', `/api-gateways/${shopId}/environments/dev/upstreams/orders`, { url: target.origin })
  await platform.admin('PUT', `/api-gateways/${shopId}/functions/orders`, { methods: ['GET'], path: '/orders/:id', upstream: { name: 'orders' } })
  await shop.save('hello', '/hello', 'export default ctx => `hello ${ctx.client.name}, ${ctx.env.TOKEN.length}`')
  const { key } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key })
  await shop.configure('dev', { 'limit-count': { count: 4, windowSeconds: 86_400 } })
  await shop.askUntil('dev', '/hello', answer => answer.headers.ratelimit !== undefined, { key })
  return { platform, key }
}

export async function checkServed (t: Test, traffic: Traffic, key: string): Promise<void> {
  const ask = async (path: string, init: { key?: string } = { key }): Promise<Answer> => await traffic(host, path, init)
  t.match(await ask('/hello'), { status: 200, text: `hello Mobile, ${secret.length}` }, 'a function with its secret')
  t.match(await ask('/orders/7'), { status: 200, text: 'upstream /orders/7' }, 'a route to an upstream')
  t.match(await ask('/hello', {}), { status: 401, json: { code: 'api_key_missing' } }, 'keys')
  t.match([await ask('/nothing'), await ask('/hello'), await ask('/hello')], [{ status: 404 }, { status: 200 }, { status: 429 }], 'and limits')
}
