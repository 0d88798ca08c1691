import type { Test } from 'tap'
import { sandboxLimits } from '../../data-plane/functions/limits.ts'
import { bodyJson } from '../support/functions.ts'
import type { Attack } from './attacks.ts'
import { attack, describeOutcome, prepare } from './battle.ts'

/** Memory that a process may take between two looks of the watchdog. */
const overshootBytes = 256 * 1024 * 1024

/** Every attack on the one sandbox in which the neighbour answers meanwhile. */
export async function assertContained (t: Test, attacks: Attack[]): Promise<void> {
  const battlefield = await prepare(t)
  for (const each of attacks) {
    t.test(each.name, async t => {
      const outcome = await attack(battlefield, each)
      t.comment(describeOutcome(outcome))
      t.ok(each.outcomes.includes(outcome.got), `${outcome.got} is one of ${each.outcomes.join(', ')}`)
      t.strictSame(outcome.neighbour.errors, [], 'the neighbour sees no error')
      t.ok(outcome.peakBytes < sandboxLimits.maxResidentBytes + overshootBytes, `memory stays in bounds: ${outcome.peakBytes}`)
      if (outcome.got !== 'answered' && outcome.got !== 'streamed') t.ok(outcome.lines.length > 0, 'its owner is told why')
      else if ('answer' in each) t.strictSame(bodyJsonOrText(outcome.body), each.answer)
      t.notMatch(JSON.stringify(outcome.headers), /set-cookie|transfer-encoding|"connection"|\\r|\\n/i, 'and nothing is smuggled into the answer')
    })
  }
}

function bodyJsonOrText (body: string): unknown {
  return body.startsWith('{') || body.startsWith('[') ? bodyJson({ status: 200, headers: [], body }) : body
}
