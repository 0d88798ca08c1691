/**
 * How the answers of an environment with a canary come out, on their way from a data plane to the control plane:
 * `POST /v1/data-plane/canaries`, answered 204.
 *
 * A data plane adds up what its workers have answered under each of the two releases, and reports about once a second for as long as the
 * environment has a canary. Counts are differences to the report before. One that was lost on the way is not sent again, lest it count twice.
 */
export interface CanaryReport {
  counts: ReleaseCounts[]
}

export interface ReleaseCounts {
  gatewayId: string
  environment: string
  /** Number of the canary's release, or of the one that it runs beside. */
  release: number
  /**
   * Answers since the last report: all that the release has dispatched. Requests that ended before (401, 404, 429 and the like) say nothing
   * about it, nor do those whose client left.
   */
  requests: number
  /** How many of them had a status of 500 or above, or were cut off in their middle. */
  failures: number
}

/** Matter of the uplink. */
export const canariesMatter = '/canaries'
export const canaryReportIntervalMs = 1_000
/** Of one report; those that do not fit go into the next one. */
export const maxCanaryCounts = 500
