import { html, type Markup } from './markup.ts'
import { format, whole } from './numbers.ts'
import { percent } from './axis.ts'
import type { BenchResult, TargetResult } from '../result.ts'

export interface TargetOfScenario extends TargetResult {
  scenario: string
}

/** Those that were missed first: nobody has to look for them. */
export function targetsOf ({ scenarios }: Pick<BenchResult, 'scenarios'>): TargetOfScenario[] {
  return scenarios.flatMap(({ id, targets }) => targets.map(target => ({ ...target, scenario: id }))).toSorted((a, b) => Number(a.isMet) - Number(b.isMet))
}

/** `2 of 19 targets missed`. */
export function verdict (targets: readonly TargetResult[]): string {
  const missed = targets.filter(target => !target.isMet).length
  if (targets.length === 0) return 'No target was measured'
  return missed === 0 ? `${whole(targets.length)} of ${whole(targets.length)} targets met` : `${whole(missed)} of ${whole(targets.length)} targets missed`
}

export function wantedText ({ is, wanted, unit }: TargetResult): string {
  return `${is} ${format(wanted, unit)}`
}

/** @param isOfAll from several scenarios, which are named then */
export function targetList (targets: readonly TargetOfScenario[], isOfAll: boolean): Markup {
  if (targets.length === 0) return html``
  return html`<ul class="targets">
${targets.map(target => html`<li class="${target.isMet ? 'met' : 'missed'}"><span class="state">${target.isMet ? '✓ met' : '✗ missed'}</span><span class="what"><a href="#${target.scenario}">${target.name}</a><small>${wantedText(target)}${isOfAll ? `, ${target.scenario}` : ''}</small></span>${gauge(target)}<b class="measured">${format(target.measured, target.unit)}</b></li>
`)}</ul>
`
}

/** The mark stands at what was wanted, in the middle of all gauges. */
function gauge ({ wanted, measured, isMet }: TargetResult): Markup {
  const share = wanted === 0 ? (isMet ? 0 : 1) : measured / (2 * wanted)
  return html`<svg class="gauge" height="16" aria-hidden="true"><rect class="ground" x="0" y="5" width="100%" height="6" rx="3"/><rect class="fill" x="0" y="5" width="${percent(100 * Math.min(1, Math.max(0, share)))}" height="6" rx="3"/><line class="mark" x1="50%" x2="50%" y1="1" y2="15"/></svg>`
}
