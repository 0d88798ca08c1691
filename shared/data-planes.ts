/**
 * What a data plane tells of itself: `POST /v1/data-plane/nodes/<id>/applied`, answered 204.
 *
 * It says so when all its workers serve a newer revision, and otherwise as often as the feed has heartbeats; one report at a time, so of
 * revisions in a row the last one is told. It follows the feed as the same node: `GET /v1/feed?node=<id>`. While it cannot, since it is in
 * trouble, it says that as often.
 */
export interface DataPlaneReport {
  /** Of the machine. */
  name: string
  version: string
  /** What it has asked the feed for; `null`: all that its token opens. */
  environments: string[] | null
  /** Edge workers. */
  workers: number
  /** The state that `revision` belongs to, as the feed named it; `null`: it has none yet. */
  store: string | null
  /** Every edge worker that accepts requests serves it. */
  revision: number
  /** Milliseconds since it last knew that it lacked nothing; `null`: it never has. No time of day: clocks of machines differ. */
  heardMsAgo: number | null
  /** Left out: nothing. */
  trouble?: DataPlaneTrouble
}

/** What keeps a data plane from taking what it is sent. `replica_unwritable`: its disk is full, or cannot be written otherwise. */
export const dataPlaneTroubles = ['replica_unwritable'] as const
export type DataPlaneTrouble = typeof dataPlaneTroubles[number]

/** Made once by each data plane. */
export const nodeIdPattern = '^[0-9A-Za-z]{16,32}$'

/** Matter of the uplink. */
export function appliedMatter (nodeId: string): string {
  return `/nodes/${nodeId}/applied`
}

/** One that has not been heard of for so long is not connected. */
export const disconnectedAfterMs = 15_000
