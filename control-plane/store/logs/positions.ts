/** What is known of the lines of one environment. `birth` tells their numbers from those in logs that were there before. */
export interface LogHead {
  birth: string
  /** Number of the last line. */
  last: number
}

/** The position in an environment that no line has come from yet. */
export const unborn = 'new-0'

export function positionOf ({ birth }: LogHead, number: number): string {
  return `${birth}-${number}`
}

/** `null`: that is no position. */
export function parsePosition (position: string): { birth: string, number: number } | null {
  const [, birth, number] = /^(new|[0-9a-f]{12})-(\d{1,15})$/.exec(position) ?? []
  return birth === undefined ? null : { birth, number: Number(number) }
}

/** A position in logs that are gone is nowhere: all that there is has come after it, and what was between nobody knows. */
export function resume (head: LogHead, after: string): { number: number, isKnown: boolean } {
  const position = parsePosition(after)
  if (after === unborn) return { number: 0, isKnown: true }
  if (position === null || position.birth !== head.birth || position.number > head.last) return { number: 0, isKnown: false }
  return { number: position.number, isKnown: true }
}
