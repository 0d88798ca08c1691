/** By how much a pair's second differs from its first, as a factor. */
export interface Change {
  /** Hodges and Lehmann's estimate: the median of the means of all two of them. */
  factor: number
  /** The true factor is in between with at least this confidence; `null`: there are too few pairs to say so. */
  interval: { low: number, high: number } | null
}

/** At 99 of 100: several scenarios with two figures each are looked at, and one in twenty would cry wolf each time. Takes eight pairs. */
export const confidence = 0.99

/**
 * What paired measurements say, by Wilcoxon's signed-rank test of the logarithms of their ratios, whose interval is all the factors that it would not
 * refuse. Where nothing has changed, the two of a pair could as well have come the other way round, so that each logarithm is as likely to be above
 * zero as it is to be as far below it: the test needs nothing else, whatever the machine does, and its distribution is counted out, not
 * approximated, nor drawn at random as a bootstrap of ten pairs would be. A pair that was disturbed counts by its rank only.
 * @see Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3.1 to 3.3
 * @param ratios of the pairs, above zero
 * @throws {RangeError} for none
 */
export function changeOf (ratios: readonly number[]): Change {
  const means = walshAverages(ratios.map(Math.log))
  const middle = means.length / 2
  const low = means[Math.ceil(middle) - 1]
  const high = means[Math.floor(middle)]
  if (low === undefined || high === undefined) throw new RangeError('There is no change between no measurements')
  const cut = criticalSum(ratios.length, (1 - confidence) / 2)
  const interval = cut === null ? null : { low: Math.exp(means[cut]!), high: Math.exp(means[means.length - 1 - cut]!) }
  return { factor: Math.exp((low + high) / 2), interval }
}

/** Beyond the noise: by chance it would be seen once in a hundred times at most. */
export function isBeyondNoise ({ interval }: Change): boolean {
  return interval !== null && (interval.low > 1 || interval.high < 1)
}

/** The mean of each two, and of each with itself, the smallest first. */
function walshAverages (values: readonly number[]): number[] {
  return values.flatMap((value, index) => values.slice(index).map(other => (value + other) / 2)).toSorted((a, b) => a - b)
}

/**
 * The largest sum of ranks that comes out, or a smaller one does, with at most this probability, where nothing has changed: so many of the means may be
 * cut off at each end. `null`: there are so few pairs that no sum is so rare.
 */
function criticalSum (count: number, probability: number): number | null {
  // How likely each sum of ranks is, where each rank is a part of it or not, like the toss of a coin.
  let likely = [1]
  for (let rank = 1; rank <= count; rank++) {
    likely = Array.from({ length: likely.length + rank }, (_, sum) => ((likely[sum] ?? 0) + (likely[sum - rank] ?? 0)) / 2)
  }
  let total = 0
  const first = likely.findIndex(each => (total += each) > probability)
  return first > 0 ? first - 1 : null
}
