import t from 'tap'
import { findingsOf, findingsText } from '../../bench/compare/verdict.ts'
import type { Round } from '../../bench/result.ts'
import { samplePeer } from '../support/bench-result.ts'

function rounds (rate: number, micros: number | null, count = 10): Round[] {
  return samplePeer('imprun', Array.from({ length: count }, (_, index) => rate + index % 3), micros === null ? null : { edge: micros, sandbox: micros }).rounds
}

t.test('more requests are better, more processor time is worse', async t => {
  t.strictSame(findingsOf({ name: 'imprun', working: rounds(1_100, 12), other: rounds(1_000, 10) }).map(({ figure, says }) => [figure, says]), [['requests/s', 'better'], ['µs of processor', 'worse']])
  t.strictSame(findingsOf({ name: 'imprun', working: rounds(1_000, 10), other: rounds(1_100, 12) }).map(({ says }) => says), ['worse', 'better'])
  t.strictSame(findingsOf({ name: 'imprun', working: rounds(1_000, 10), other: rounds(1_000, 10) }).map(({ says }) => says), ['same', 'same'])
})

t.test('what a few rounds say is not taken for a change', async t => {
  t.strictSame(findingsOf({ name: 'imprun', working: rounds(2_000, 5, 4), other: rounds(1_000, 10, 4) }).map(({ says }) => says), ['unknown', 'unknown'])
})

t.test('processor time that the system does not say', async t => {
  t.strictSame(findingsOf({ name: 'imprun', working: rounds(1_000, null), other: rounds(1_000, 10) }).map(({ figure }) => figure), ['requests/s'])
})

t.test('a change is told with what it may be at least and at most', async t => {
  const text = findingsText(findingsOf({ name: 'imprun', working: rounds(1_100, 10), other: rounds(1_000, 10) }))
  t.match(text, /imprun +requests\/s +1,001 → 1,101 {3}\+10\.0 % \(99 %: \+10\.0 % to \+10\.0 %\) {3}better/)
  t.match(text, /µs of processor +20\.0 → 20\.0 {3}\+0\.0 % .* {3}no change beyond the noise/)
})
