import { environmentDomain } from '#shared/host.ts'
import type { Platform } from '../../test/support/launch.ts'
import type { Admin } from '../../test/support/http.ts'
import { launch, must } from '../peers/imprun.ts'
import type { Started } from '../engine/started.ts'
import type { Bench } from '../scenario.ts'
import { addClient, type Place } from './writes.ts'

/** Of a platform whose events are measured: a change has to reach both. */
export const workerCount = 2

/** The whole platform as `npm start` starts it. One does for all events that leave its processes as they are. */
export async function sharedPlatform ({ shared }: Pick<Bench, 'shared'>): Promise<Platform> {
  return await shared('platform', startPlatform)
}

/** Closed with the scenario. */
export async function startPlatform (started: Started, settings: Record<string, string> = {}): Promise<Platform> {
  const { platform, close } = await launch({ IMPRUN_WORKERS: String(workerCount), ...settings })
  started.add(close)
  return platform
}

/**
 * Gateways with one client each, in `dev`, where what is saved is released to at once. Resolves when traffic knows them.
 * @param name of a scenario, with which their ids begin
 */
export async function makePlaces (admin: Admin, name: string, count: number): Promise<Place[]> {
  const places: Place[] = []
  for (let index = 0; index < count; index++) {
    const gatewayId = `${name}${index}`
    must(await admin('POST', '/api-gateways', { id: gatewayId, name: 'Benchmark' }))
    const { apiKey } = await addClient(admin, { gatewayId, environment: 'dev' }, index === count - 1 ? '?wait=applied' : '')
    places.push({ gatewayId, environment: 'dev', host: environmentDomain(gatewayId, 'dev', 'localhost'), key: apiKey })
  }
  return places
}

/** One after the other, again and again. */
export function * inTurn<Item> (items: readonly Item[]): Generator<Item, never, undefined> {
  for (;;) yield * items
}
