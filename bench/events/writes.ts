import { randomUUID } from 'node:crypto'
import type { Admin } from '../../test/support/http.ts'
import { must } from '../peers/imprun.ts'
import { isLetIn, noPath, type Asker } from './ask.ts'
import type { Shown } from './workers.ts'

/** An environment that is written to, with a client of it. What is saved must be released to it at once. */
export interface Place extends Asker {
  gatewayId: string
  environment: string
}

/** What has to be there before is done at once; what is returned then writes, and says how it shows. */
export type Prepare = (admin: Admin, place: Place) => Promise<() => Promise<Shown>>

/** What the owner of a gateway changes, and what traffic shows of it. */
export const writes: ReadonlyArray<readonly [kind: string, prepare: Prepare]> = [
  ['set a variable', async (admin, place) => {
    await saveFunction(admin, place, 'variable', 'export default ctx => ctx.env.STEP ?? "unset"', '?wait=applied')
    const value = randomUUID()
    return async () => {
      must(await admin('PUT', `${environmentOf(place)}/variables/STEP`, { value }))
      return { asker: place, path: '/variable', isShown: ({ status, text }) => status === 200 && text === value }
    }
  }],
  ['add a client', async (admin, place) => async () => {
    const { apiKey } = await addClient(admin, place)
    return { asker: { host: place.host, key: apiKey }, path: noPath, isShown: isLetIn }
  }],
  ['disable a client', async (admin, place) => {
    const { id, apiKey } = await addClient(admin, place, '?wait=applied')
    return async () => {
      must(await admin('PATCH', `${environmentOf(place)}/clients/${id}`, { enabled: false }))
      return { asker: { host: place.host, key: apiKey }, path: noPath, isShown: ({ status }) => status === 401 }
    }
  }],
  ['deploy a function', async (admin, place) => {
    // Unlike any that was ever deployed there.
    const step = randomUUID()
    return async () => {
      await saveFunction(admin, place, 'step', `export default () => '${step}'`)
      return { asker: place, path: '/step', isShown: ({ status, text }) => status === 200 && text === step }
    }
  }]
]

export async function addClient (admin: Admin, place: Pick<Place, 'gatewayId' | 'environment'>, query = ''): Promise<{ id: string, apiKey: string }> {
  return must(await admin('POST', `${environmentOf(place)}/clients${query}`, { name: `Client ${randomUUID()}` })).json as { id: string, apiKey: string }
}

/** Answers at the path of its name. */
export async function saveFunction (admin: Admin, { gatewayId }: Pick<Place, 'gatewayId'>, name: string, source: string, query = ''): Promise<void> {
  must(await admin('PUT', `/api-gateways/${gatewayId}/functions/${name}${query}`, { methods: ['GET'], path: `/${name}`, source }))
}

function environmentOf ({ gatewayId, environment }: Pick<Place, 'gatewayId' | 'environment'>): string {
  return `/api-gateways/${gatewayId}/environments/${environment}`
}
