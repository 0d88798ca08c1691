import type { Random } from '../../test/support/random.ts'

/** Numbers from 0 to below `population`, each as likely as the others. */
export function drawUniformly (random: Random, population: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, () => random.integer(population))
}

/**
 * Numbers from 0 to below `population`, of which the k-th most frequent comes up in proportion to k^-exponent. Which number is how frequent has nothing
 * to do with its size: neighbours, which share a gateway, are not popular together.
 */
export function drawByZipf (random: Random, population: number, count: number, exponent = 1): Uint32Array {
  const cumulated = new Float64Array(population)
  let total = 0
  for (let rank = 0; rank < population; rank++) {
    total += (rank + 1) ** -exponent
    cumulated[rank] = total
  }
  const numbers = scattered(population)
  return Uint32Array.from({ length: count }, () => numbers[firstAbove(cumulated, fraction(random) * total)]!)
}

/** Each number from 0 to below `population` once, neighbours far apart. */
export function scattered (population: number): Uint32Array {
  const step = stepThrough(population)
  return Uint32Array.from({ length: population }, (_, index) => index * step % population)
}

/** The index of the first value above `wanted`; the last one where there is none, which rounding alone can bring about. */
function firstAbove (ascending: Float64Array, wanted: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (ascending[middle]! > wanted) high = middle
    else low = middle + 1
  }
  return low
}

function fraction (random: Random): number {
  return random.integer(2 ** 32) / 2 ** 32
}

/** About the golden section of it, and without a divisor in common with it, so that all are met. */
function stepThrough (population: number): number {
  const divisor = (a: number, b: number): number => b === 0 ? a : divisor(b, a % b)
  let step = Math.max(1, Math.floor(population * 0.618))
  while (divisor(step, population) !== 1) step++
  return step
}
