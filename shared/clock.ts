/** The time, passed in so that tests can set it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now: () => number
}

export const systemClock: Clock = { now: () => Date.now() }

/** RFC 3339, UTC, milliseconds: the form of every timestamp in documents and answers. */
export function timestamp (clock: Clock): string {
  return new Date(clock.now()).toISOString()
}
