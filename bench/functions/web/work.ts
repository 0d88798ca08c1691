/** About a millisecond of work, in every runtime the same: a sieve, so the answer is known and none of it can be left out. */
export function countPrimes (): number {
  const below = 300_000
  const isComposite = new Uint8Array(below)
  let primes = 0
  for (let number = 2; number < below; number++) {
    if (isComposite[number] === 1) continue
    primes++
    for (let multiple = number * number; multiple < below; multiple += number) isComposite[multiple] = 1
  }
  return primes
}
