import { html, type Markup } from './markup.ts'
import { short } from './numbers.ts'
import type { Scale } from './scale.ts'

/** As CSS and SVG take it. */
export function percent (value: number): string {
  return `${Number(value.toFixed(3))}%`
}

/** Behind what is drawn in one row of a plot; those of all rows meet. */
export function gridLines ({ at, ticks }: Scale): Markup[] {
  return ticks.map(tick => html`<line class="grid" x1="${percent(at(tick))}" x2="${percent(at(tick))}" y1="0" y2="100%"/>`)
}

/** The row under the others. */
export function axisRow (scale: Scale, unit: string): Markup {
  const labels = scale.ticks.map((tick, index) => html`<text class="tick" x="${percent(scale.at(tick))}" y="14" text-anchor="${anchor(index, scale.ticks.length)}">${short(tick)}</text>`)
  return html`<div class="row axis" aria-hidden="true"><div class="name"></div><svg class="track" height="18">${labels}</svg><div class="value">${unit}</div></div>\n`
}

/** The first and the last stay within the plot. */
function anchor (index: number, count: number): string {
  if (index === 0) return 'start'
  return index === count - 1 ? 'end' : 'middle'
}
