import { parseOrder, type RunOrder } from '../arguments.ts'
import { connections, findLoadGenerator } from '../engine/load.ts'
import { machine } from '../engine/machine.ts'
import { closeAtSignals } from '../engine/signals.ts'
import { NotComparable } from '../report.ts'
import type { Scenario } from '../scenario.ts'
import { checkOut, resolveCommit } from './checkout.ts'
import { measureTwins } from './twins.ts'
import { findingsOf, findingsText } from './verdict.ts'

export interface CompareOrder extends Pick<RunOrder, 'scenarios' | 'mode' | 'rounds' | 'secondsOfRound' | 'options' | 'profileDir'> {
  ref: string
  failIfSlower: boolean
}

/** What says most about the way of a request. */
const usual = ['function/hello', 'proxy/small']
/** As many as it takes to see a change of a hundredth on a quiet machine. */
const usualPairs = '12'
const strict = '--fail-if-slower'

/** `compare <ref> [--only …] [--rounds n] [--seconds n] [--fail-if-slower]`. @throws {TypeError} that says what is wrong */
export function parseCompareOrder (args: readonly string[], all: readonly Scenario[]): CompareOrder {
  const [ref, ...rest] = args.filter(argument => argument !== strict)
  if (ref === undefined || ref.startsWith('-')) throw new TypeError('A commit to compare with is missing')
  const { isWhole, scenarios, ...order } = parseOrder(['--rounds', usualPairs, ...rest], all)
  return { ...order, scenarios: isWhole ? all.filter(({ id }) => usual.includes(id)) : scenarios, ref, failIfSlower: args.includes(strict) }
}

/** Says what the working tree does faster or slower than a commit, beyond the noise. */
export async function compare (order: CompareOrder, say: (text: string) => void): Promise<void> {
  const id = await resolveCommit(order.ref)
  if (id === null) {
    process.stderr.write(`There is no commit "${order.ref}".\n`)
    process.exitCode = 2
    return
  }
  const started = closeAtSignals()
  try {
    const generator = await findLoadGenerator(say)
    const { cpu, cores, system, node } = machine()
    say(`The working tree against ${order.ref} (${id.slice(0, 12)}) on ${cpu}, ${cores} cores, ${system}, Node ${node}; ${generator.name}, ${connections} connections; ${order.rounds} pairs of ${order.secondsOfRound} s`)
    const { root } = await checkOut(id, started)
    let isSlower = false
    for (const scenario of order.scenarios) {
      say(`\n${scenario.id}: ${scenario.title}`)
      const findings = (await measureTwins(scenario, order, root, { generator, started, say })).flatMap(findingsOf)
      say(`\n${scenario.id}, ${order.ref} → working tree\n${findingsText(findings)}`)
      isSlower ||= findings.some(({ says }) => says === 'worse')
    }
    if (isSlower && order.failIfSlower) process.exitCode = 1
  } catch (error) {
    if (!(error instanceof NotComparable)) throw error
    process.stderr.write(`No comparison: ${error.message}.\n`)
    process.exitCode = 1
  } finally {
    await started.close()
  }
}
