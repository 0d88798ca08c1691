import { measureFunction, shorter } from '../../functions/measure.ts'
import { cpu as fn } from '../../functions/measured.ts'
import { countPrimes } from '../../functions/web/work.ts'
import type { Figure } from '../../result.ts'
import type { Scenario } from '../../scenario.ts'

export const cpu: Scenario = {
  id: 'function/cpu',
  group: 'function',
  title: 'A millisecond of work',
  about: 'The function counts primes: the same source in all runtimes, about a millisecond of it in Node.js. One thread of each does the work.',
  mode: 'short',
  run: async bench => ({ throughput: await measureFunction(bench, fn, shorter(bench)), figures: [calibration()] })
}

/** What the work takes by itself, when it has been compiled. */
function calibration (): Figure {
  const values = Array.from({ length: 300 }, () => {
    const began = performance.now()
    countPrimes()
    return performance.now() - began
  })
  return { name: 'the work alone, in Node.js', unit: 'ms', values: values.slice(100), as: 'median' }
}
