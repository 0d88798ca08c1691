import { countPrimes } from './work.ts'

export default {
  async fetch (_request: Request): Promise<Response> {
    return Response.json({ primes: countPrimes() })
  }
}
