import type { Test } from 'tap'
import type { LogBatch, LogLine } from '#shared/logs.ts'
import { dataPlaneToken, adminToken, startControlPlane, type ControlPlane, type ControlPlaneInit } from './control-plane.ts'
import { openEvents, type EventStream } from './event-stream.ts'
import type { Answer } from './http.ts'
import { createOrigin } from './log-lines.ts'

/** A line as the API shows it. */
export interface ShownLine {
  id: string
  time: string
  level: string
  function: string | null
  version: string | null
  requestId: string | null
  message: string
  fields: Record<string, unknown>
}

export interface LogApi extends ControlPlane {
  /** As a data plane does. */
  ship: (batch: LogBatch) => Promise<Answer>
  /** The lines of one edge worker, at the time of the control plane where none is given. */
  say: (...lines: Array<Partial<LogLine>>) => Promise<void>
  /** @param query with its question mark */
  read: (query?: string, environment?: string) => Promise<{ items: ShownLine[], nextCursor: string | null }>
  follow: (query?: string, headers?: Record<string, string>) => Promise<EventStream>
}

/** A control plane with the gateway "shop". */
export async function startLogApi (t: Test, init: ControlPlaneInit = {}): Promise<LogApi> {
  const controlPlane = await startControlPlane(t, init)
  const { admin, url, clock } = controlPlane
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const ship: LogApi['ship'] = async batch => await admin('POST', '/data-plane/logs', batch, { authorization: `Bearer ${dataPlaneToken}` })
  const make = createOrigin()
  const logs = '/api-gateways/shop/environments'
  return {
    ...controlPlane,
    ship,
    say: async (...lines) => {
      const { status, text } = await ship(make(...lines.map(line => ({ time: clock.now(), ...line }))))
      if (status !== 204) throw new Error(`The lines were answered ${status}: ${text}`)
    },
    read: async (query = '', environment = 'dev') => {
      const { status, text, json } = await admin('GET', `${logs}/${environment}/logs${query}`)
      if (status !== 200) throw new Error(`The logs answered ${status}: ${text}`)
      return json as Awaited<ReturnType<LogApi['read']>>
    },
    follow: async (query = '', headers = {}) =>
      await openEvents(t, `${url}/v1${logs}/dev/logs${query}`, { authorization: `Bearer ${adminToken}`, ...headers })
  }
}
