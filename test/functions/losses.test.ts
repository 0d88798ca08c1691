import t from 'tap'
import type { Problem } from '#shared/errors.ts'
import { Losses } from '../../data-plane/functions/losses.ts'
import type { OwnerWord } from '../../data-plane/functions/owner-words.ts'
import { Pending } from '../../data-plane/functions/pending.ts'
import type { RunnableFunction } from '../../data-plane/functions/runner.ts'
import { makeCall, makeFunction } from '../support/functions.ts'

interface Told { functionName: string, requestId: string | null, word: OwnerWord }

async function make (functionName: string): Promise<RunnableFunction> {
  return await makeFunction('', { functionName, key: `shop-dev/${functionName}@v1/0` })
}

function makePending (fn: RunnableFunction, about: Partial<Pick<Pending, 'departed'>> = {}): Pending & { outcome: Promise<string> } {
  const { promise: outcome, resolve } = Promise.withResolvers<string>()
  const caller = { resolve: () => resolve('answered'), reject: (problem: Error) => resolve((problem as Problem).code) }
  return Object.assign(new Pending(fn, makeCall({ requestId: `of-${fn.functionName}` }), 0, caller), about, { outcome })
}

t.test('each owner is told what concerns it: the one who did it, and those whose calls cannot run again', async t => {
  const told: Told[] = []
  const retried: string[] = []
  const losses = new Losses({
    retry: ({ fn }) => retried.push(fn.functionName),
    tell: ({ functionName }, requestId, word) => told.push({ functionName, requestId, word })
  })
  const [culprit, fresh, departed] = [makePending(await make('culprit')), makePending(await make('fresh')), makePending(await make('departed'), { departed: true })]
  const lost = [culprit, fresh, departed]
  losses.add('socket', { lost, functions: lost.map(({ fn }) => fn) }, false)
  losses.hear({ type: 'lost', socket: 'socket', reason: 'memory', culprit: 'shop-dev/culprit@v1', limits: { maxResidentBytes: 512 * 2 ** 20 } })

  t.strictSame(retried, ['fresh'])
  t.equal(await culprit.outcome, 'function_memory_exceeded')
  t.equal(await departed.outcome, 'sandbox_lost')
  t.match(told, [
    { functionName: 'culprit', requestId: 'of-culprit', word: { level: 'error', message: /may have 512 MB of memory.*apart/, fields: { code: 'function_memory_exceeded', maxResidentBytes: 512 * 2 ** 20, runsApart: true } } },
    { functionName: 'departed', requestId: 'of-departed', word: { level: 'warn', message: /^Another function .* had left already/, fields: { code: 'sandbox_lost' } } }
  ])
})

t.test('a thousand calls that go at once are not a thousand lines', async t => {
  let told = 0
  const losses = new Losses({ retry: () => t.fail('a broken connection is nobody\'s to repeat'), tell: () => { told++ } })
  const fn = await make('many')
  const lost = Array.from({ length: 1_000 }, () => makePending(fn))
  losses.add('socket', { lost, functions: [] }, true)
  t.strictSame(new Set(await Promise.all(lost.map(async ({ outcome }) => await outcome))), new Set(['sandbox_lost']))
  t.ok(told > 0 && told <= 100, `${told} lines`)
})
