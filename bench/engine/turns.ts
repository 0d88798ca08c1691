/**
 * A B C, A B C, …: each round meets everyone, so that whatever else the machine does meets all of them. `isAlternating`: A B C, C B A, …, so that nobody
 * always comes after somebody.
 * @returns what each has measured, round by round, in the order that they were given in
 */
export async function inTurn<Each, Result> (all: readonly Each[], rounds: number, measure: (each: Each, round: number) => Promise<Result>, isAlternating = false): Promise<Array<[Each, Result[]]>> {
  const results = all.map((each): [Each, Result[]] => [each, []])
  for (let round = 1; round <= rounds; round++) {
    const order = isAlternating && round % 2 === 0 ? results.toReversed() : results
    for (const [each, measured] of order) measured.push(await measure(each, round))
  }
  return results
}
