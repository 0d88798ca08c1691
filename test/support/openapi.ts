import type { Test } from 'tap'
import { Agent, request } from 'undici'
import { adminToken } from './control-plane.ts'

/** Sends texts to a resource of the admin API. */
export function postText (t: Test, url: string, path: string): (query: string, text: string, type?: string) => Promise<{ status: number, json: unknown }> {
  const dispatcher = new Agent()
  t.teardown(async () => await dispatcher.destroy())
  return async (query, text, type = 'application/yaml') => {
    const { statusCode, body } = await request(`${url}/v1${path}${query}`, { method: 'POST', dispatcher, headers: { authorization: `Bearer ${adminToken}`, 'content-type': type }, body: text })
    return { status: statusCode, json: await body.json() }
  }
}
