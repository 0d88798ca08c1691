import t from 'tap'
import { parseCompareOrder } from '../../bench/compare/compare.ts'
import { scenarios } from '../../bench/scenarios/all.ts'

t.test('what is compared without a name, and what is named', async t => {
  const usual = parseCompareOrder(['main'], scenarios)
  t.match(usual, { ref: 'main', rounds: 12, secondsOfRound: 2, failIfSlower: false })
  t.strictSame(usual.scenarios.map(({ id }) => id), ['function/hello', 'proxy/small'])
  const named = parseCompareOrder(['HEAD~3', '--only', 'policies/all-on', '--rounds', '20', '--fail-if-slower'], scenarios)
  t.match(named, { ref: 'HEAD~3', rounds: 20, failIfSlower: true })
  t.strictSame(named.scenarios.map(({ id }) => id), ['policies/all-on'])
})

t.test('a commit has to be named', async t => {
  t.throws(() => parseCompareOrder([], scenarios), /A commit to compare with is missing/)
  t.throws(() => parseCompareOrder(['--only', 'function/hello'], scenarios), /A commit to compare with is missing/)
})
