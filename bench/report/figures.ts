import { axisRow, gridLines, percent } from './axis.ts'
import { html, type Markup } from './markup.ts'
import { format } from './numbers.ts'
import { linear, logarithmic, type Scale } from './scale.ts'
import { percentile, spread } from '../report.ts'
import type { Figure } from '../result.ts'

const rowHeight = 44
const baseline = rowHeight - 6
/** More than so many are a heap, not dots. */
const mostDots = 40
const bins = 60
/** Figures of one unit have one axis; a logarithmic one, where the largest would leave nothing of the smallest. */
const logarithmicFrom = 30

/** How often what took how long: a heap of values for each figure, those of one unit on one axis. */
export function figurePlots (figures: readonly Figure[]): Markup[] {
  const several = figures.filter(figure => figure.values.length > 1)
  const units = [...new Set(several.map(figure => figure.unit))]
  return [singles(figures.filter(figure => figure.values.length === 1)), ...units.map(unit => plot(unit, several.filter(figure => figure.unit === unit)))]
}

function singles (figures: readonly Figure[]): Markup {
  if (figures.length === 0) return html``
  return html`<dl class="figures">${figures.map(({ name, unit, values }) => html`<div><dt>${name}</dt><dd>${format(values[0]!, unit)}</dd></div>`)}</dl>
`
}

function plot (unit: Figure['unit'], figures: readonly Figure[]): Markup {
  const medians = figures.map(figure => spread(figure.values).median)
  const isWide = Math.max(...figures.map(figure => spread(figure.values).max)) > logarithmicFrom * Math.max(Math.min(...medians), Number.MIN_VALUE)
  const ends = figures.flatMap(figure => [spread(figure.values).min, spread(figure.values).max])
  const scale = isWide && Math.min(...ends) > 0 ? logarithmic(ends) : linear(ends)
  return html`<figure>
<figcaption><b>Distribution</b> <span>${unit}${scale.ticks[0] === 0 ? '' : ', logarithmic'}; long mark: median, short mark: p99, dot: the most</span></figcaption>
<div class="plot tall">
${figures.map(figure => row(figure, scale))}${axisRow(scale, unit)}</div>
</figure>
`
}

function row ({ name, unit, values, as }: Figure, scale: Scale): Markup {
  const { median, max } = spread(values)
  const p99 = percentile(values, 99)
  const rest = as === 'percentiles' ? [`p99 ${format(p99, unit)}`, `max ${format(max, unit)}`] : as === 'median' ? [`max ${format(max, unit)}`] : [`median ${format(median, unit)}`]
  const main = as === 'maximum' ? max : median
  const said = `${name}: median ${format(median, unit)}, p99 ${format(p99, unit)}, at most ${format(max, unit)}, of ${values.length}`
  return html`<div class="row ours"><div class="name">${name} <small>${values.length} times</small></div><svg class="track" height="${rowHeight}" role="img" aria-label="${said}">${gridLines(scale)}
${values.length > mostDots ? heap(values, scale) : strip(values, scale)}<line class="median" x1="${percent(scale.at(median))}" x2="${percent(scale.at(median))}" y1="4" y2="${baseline}"/>${
    values.length > mostDots ? html`<line class="median" x1="${percent(scale.at(p99))}" x2="${percent(scale.at(p99))}" y1="${baseline - 14}" y2="${baseline}"/><circle class="most" cx="${percent(scale.at(max))}" cy="${baseline - 3}" r="3"/>` : null}</svg><div class="value"><b>${format(main, unit)}</b> <small>${rest.join(', ')}</small></div></div>
`
}

function heap (values: readonly number[], { at }: Scale): Markup[] {
  const counts = Array.from({ length: bins }, () => 0)
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor(at(value) / 100 * bins))
    counts[bin] = counts[bin]! + 1
  }
  const most = Math.max(...counts)
  return counts.map((count, bin) => {
    // What happened once is seen, too.
    const height = count === 0 ? 0 : Math.max(1.5, (baseline - 6) * count / most)
    return height === 0 ? html`` : html`<rect class="bar" x="${percent(bin * 100 / bins)}" y="${Number((baseline - height).toFixed(2))}" width="${percent(100 / bins)}" height="${Number(height.toFixed(2))}"/>`
  })
}

function strip (values: readonly number[], { at }: Scale): Markup[] {
  return values.map(value => html`<circle class="dot" cx="${percent(at(value))}" cy="${baseline - 12}" r="3.5"/>`)
}
