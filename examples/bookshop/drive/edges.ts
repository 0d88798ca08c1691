import { dashboardOrigin, developmentOrigin, stagingLimit } from '../definition.ts'
import type { Driver } from './driver.ts'

/** What the gateway answers before a function is asked. */
export async function driveKeysAndRoutes (driver: Driver): Promise<void> {
  const path = '/books'
  await driver.expect('no key', { path, as: null }, { status: 401, body: { code: 'api_key_missing' } })
  await driver.expect('something that is no key', { path, as: { key: 'open sesame' } }, { status: 401, body: { code: 'api_key_invalid' } })
  await driver.expect('a dev key on prod', { path, environment: 'prod', as: { key: driver.key('dev', 'Mobile') } }, { status: 401, body: { code: 'api_key_other_environment' } })
  await driver.expect('a prod key on dev', { path, as: { key: driver.key('prod', 'Mobile') } }, { status: 401, body: { code: 'api_key_other_environment' } })
  await driver.expect('the key as a bearer token', { path, as: null, headers: { authorization: `Bearer ${driver.key('dev', 'Mobile')}` } }, { status: 200 })
  await driver.expect('a path that nobody answers', { path: '/magazines' }, { status: 404, body: { code: 'route_not_found' } })
  await driver.expect('a method that nobody answers', { method: 'PUT', path: '/orders', body: {} }, { status: 405, headers: { allow: 'POST' }, body: { code: 'method_not_allowed' } })
}

export async function driveCors (driver: Driver): Promise<void> {
  const preflight = { method: 'OPTIONS', path: '/orders', as: null } as const
  const asks = (origin: string) => ({ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-api-key' })
  await driver.expect('a preflight of the dashboard, without a key', { ...preflight, headers: asks(dashboardOrigin) }, {
    status: 204, headers: { 'access-control-allow-origin': dashboardOrigin, 'access-control-allow-methods': /POST/, 'access-control-max-age': '600', vary: /origin/i }
  })
  await driver.expect('the developer\'s own machine is let in on dev', { ...preflight, headers: asks(developmentOrigin) }, {
    status: 204, headers: { 'access-control-allow-origin': developmentOrigin }
  })
  await driver.expect('and not on prod', { ...preflight, environment: 'prod', headers: asks(developmentOrigin) }, {
    status: 204, headers: { 'access-control-allow-origin': null }
  })
  await driver.expect('a refusal can be read by the dashboard', { path: '/books', as: null, headers: { origin: dashboardOrigin } }, {
    status: 401, headers: { 'access-control-allow-origin': dashboardOrigin, 'access-control-expose-headers': /retry-after/i }
  })
}

/** The limit counts each app for itself, so the dashboard does not suffer from what the mobile app does. */
export async function driveLimit (driver: Driver): Promise<void> {
  const call = { environment: 'staging', path: '/books?limit=1' } as const
  for (let sent = 0; sent <= stagingLimit; sent++) {
    const { status } = await driver.send(call)
    if (status === 429) break
  }
  await driver.expect('one request too many', call, {
    status: 429, headers: { 'retry-after': /^\d+$/, ratelimit: /\br=0\b/, 'ratelimit-policy': new RegExp(`\\bq=${stagingLimit}\\b`) }, body: { code: 'rate_limit_exceeded' }
  })
  await driver.expect('another app has its own count', { ...call, as: 'Dashboard' }, { status: 200 })
}
