/** The attack matrix: `npm run attacks`. Fails where an attack got what it should not get, or a neighbour saw an error. */
import { attacks } from './attacks.ts'
import { attack, describeOutcome, prepare } from './battle.ts'

const teardowns: Array<() => unknown> = []
const battlefield = await prepare({ teardown: teardown => { teardowns.unshift(teardown) } })
let surprises = 0
for (const each of attacks) {
  const outcome = await attack(battlefield, each)
  const isExpected = each.outcomes.includes(outcome.got) && outcome.neighbour.errors.length === 0
  if (!isExpected) surprises++
  process.stdout.write(`${isExpected ? '  ' : '! '}${describeOutcome(outcome)}\n`)
}
for (const teardown of teardowns) await teardown()
process.stdout.write(`${attacks.length} attacks, ${surprises} surprises\n`)
process.exitCode = surprises === 0 ? 0 : 1
