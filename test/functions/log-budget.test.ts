import t from 'tap'
import { LogBudget } from '../../data-plane/functions/log-budget.ts'

t.test('a function logs 256 kB in a second, is told once of the end, and starts again', async t => {
  const budget = new LogBudget()
  t.equal(budget.spend(200 * 1024, 10_000), 'within')
  t.equal(budget.spend(56 * 1024, 10_500), 'within')
  t.equal(budget.spend(1, 10_600), 'exhausted')
  t.equal(budget.spend(1, 10_700), 'dropped')
  t.equal(budget.spend(1, 11_000), 'within')
})
