import { request } from 'undici'
import { readConfig, urlHost } from '#shared/config.ts'

/** A running platform. */
export interface Target {
  controlUrl: string
  /** Where traffic is answered, whatever the host it names. */
  dataUrl: string
  adminToken: string
  baseDomain: string
}

/** The platform that the settings of this shell lead to. @throws {Error} without an admin token */
export function targetFromSettings (): Target {
  const { controlUrl, host, dataPort, adminToken, baseDomain } = readConfig()
  if (adminToken === null) throw new Error('Set IMPRUN_ADMIN_TOKEN to the token that the first start has printed.')
  return { controlUrl, dataUrl: `http://${urlHost(host)}:${dataPort}`, adminToken, baseDomain }
}

export interface AdminAnswer {
  status: number
  body: Record<string, unknown>
}

/** @param path below `/v1` @throws {Error} for any status but 2xx and the ones in `expected` */
export async function admin (target: Target, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, expected: number[] = []): Promise<AdminAnswer> {
  const answer = await request(`${target.controlUrl}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${target.adminToken}`, ...(body && { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body)
  })
  const text = await answer.body.text()
  if (answer.statusCode >= 300 && !expected.includes(answer.statusCode)) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`)
  return { status: answer.statusCode, body: text === '' ? {} : JSON.parse(text) as Record<string, unknown> }
}
