import type { FeedItem } from './feed.ts'

/**
 * Something of a gateway that a data plane could not take, so that it serves what it had of it before: `POST
 * /v1/data-plane/nodes/<id>/refusals`, answered 204. Each report has all of them; one that is not in it any more is over.
 */
export interface Refusal {
  kind: FeedItem['type']
  gatewayId: string
  /** `null`: it is not of one environment. */
  environment: string | null
  /** Of the client or the version. */
  id: string | null
  /** The first one that had it. */
  revision: number
  /** In words; no values, which may be secret. */
  reason: string
}

export interface RefusalReport { refusals: Refusal[] }

/** The first ones of a data plane: that many are not looked at one by one. */
export const maxRefusals = 500
export const maxReasonLength = 300

/** Told again so often, and forgotten where nothing was heard for three times as long. */
export const refusalsEveryMs = 30_000

/** Matter of the uplink. */
export function refusalsMatter (nodeId: string): string {
  return `/nodes/${nodeId}/refusals`
}
