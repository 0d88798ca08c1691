import { request } from 'undici'
import { uplinkPrefix } from '#shared/uplink.ts'
import { dataPlaneToken } from './control-plane.ts'

/** What a data plane posts, with its token. */
export async function postAsDataPlane (url: string, matter: string, body: unknown, token = dataPlaneToken): Promise<{ status: number, json: unknown }> {
  const answer = await request(`${url}${uplinkPrefix}${matter}`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body)
  })
  const text = await answer.body.text()
  return { status: answer.statusCode, json: text === '' ? null : JSON.parse(text) }
}
