import type { Test } from 'tap'
import type { Platform } from './platform.ts'
import { rawClient, type RawClient } from './raw-client.ts'

const source = 'export default ctx => ctx.query.bytes ? "x".repeat(Number(ctx.query.bytes)) : { ok: true }'
export const request = (host: string, path = '/hello', headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`

/** Gateways that anybody may call, at `<id>-dev`. */
export async function addGateways ({ admin }: Platform, ids: string[]): Promise<void> {
  for (const id of ids) {
    await admin('POST', '/api-gateways', { id, name: id })
    await admin('PATCH', `/api-gateways/${id}`, { config: { plugins: { none: {} } } })
    const { status, text } = await admin('PUT', `/api-gateways/${id}/functions/hello?wait=applied`, { methods: ['GET', 'POST'], path: '/hello', source })
    if (status >= 300) throw new Error(text)
  }
}

export async function clients (t: Test, port: number, from: string, count: number): Promise<RawClient[]> {
  return await Promise.all(Array.from({ length: count }, async () => await rawClient(t, port, { from })))
}

