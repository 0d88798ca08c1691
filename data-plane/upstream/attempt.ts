import type { ProblemCode } from '#shared/errors.ts'

/** What came of asking one target of an upstream. */
export interface UpstreamAttempt {
  /** Its URL, as the owner wrote it. */
  target: string
  /** Of its answer; `null`: there was none. */
  status: number | null
  /** What went wrong; `null`: nothing. */
  code: ProblemCode | null
  /** Until the head of the answer, or until it failed. */
  ms: number
}
