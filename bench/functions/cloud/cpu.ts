import { countPrimes } from '../web/work.ts'

export default async function (): Promise<unknown> {
  return { primes: countPrimes() }
}
