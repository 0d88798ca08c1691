import { percent } from './axis.ts'
import { html, type Markup } from './markup.ts'
import { digits, short, whole } from './numbers.ts'
import { isOurs, latencyOf, quantileNames, quantiles } from './peers.ts'
import { logarithmic, type Scale } from './scale.ts'
import type { LatencyOfPeer } from '../result.ts'

const height = 240
const top = 10
const bottom = 24
const lines = 4
const mostTicks = 12

/** How long requests take that are sent at a constant rate, from the usual one to the slowest; the medians of the rounds as a line, each round as a dot. */
export function latencyPlot (peers: readonly LatencyOfPeer[]): Markup {
  if (peers.length === 0) return html``
  const scale = logarithmic(peers.flatMap(peer => peer.rounds.flatMap(round => quantiles.map(quantile => round[quantile]))), mostTicks)
  const ordered = peers.toSorted((a, b) => Number(isOurs(a)) - Number(isOurs(b)))
  const shadeOf = shades(ordered)
  const rates = [...new Set(peers.map(peer => peer.perSecond))]
  return html`<figure>
<figcaption><b>Latency at ${rates.map(whole).join(', ')} requests per second</b> <span>from when each was to be sent; ms, logarithmic. ${
    peers.map(peer => html`<span class="key"><i class="fill-${shadeOf(peer)}"></i>${peer.name}</span> `)}</span></figcaption>
<svg class="curve" height="${height}" role="img" aria-label="${ordered.map(describe).join('; ')}">${levels(scale)}${columns()}${ordered.map(peer => curve(peer, scale, shadeOf(peer)))}</svg>
</figure>
`
}

function shades (peers: readonly LatencyOfPeer[]): (peer: LatencyOfPeer) => string {
  const others = peers.filter(peer => !isOurs(peer))
  const ours = peers.filter(isOurs)
  return peer => {
    if (ours[0] === peer) return 'ours'
    return String(([...others, ...ours.slice(1)].indexOf(peer)) % lines + 2)
  }
}

function describe (peer: LatencyOfPeer): string {
  return `${peer.name}: ${quantiles.map(quantile => `${quantileNames[quantile]} ${digits(latencyOf(peer, quantile))} ms`).join(', ')}`
}

/** Of a quantile, with room for the labels of the axis before the first. */
function x (index: number): string {
  return percent(14 + index * 80 / (quantiles.length - 1))
}

function y (value: number, { at }: Scale): number {
  return Number((top + (height - top - bottom) * (1 - at(value) / 100)).toFixed(2))
}

function levels (scale: Scale): Markup[] {
  return scale.ticks.map(tick => html`<line class="grid" x1="0" x2="100%" y1="${y(tick, scale)}" y2="${y(tick, scale)}"/><text class="tick" x="0" y="${y(tick, scale) - 3}">${short(tick)}</text>`)
}

function columns (): Markup[] {
  return quantiles.map((quantile, index) => html`<text class="tick" x="${x(index)}" y="${height - 6}" text-anchor="middle">${quantileNames[quantile]}</text>`)
}

function curve (peer: LatencyOfPeer, scale: Scale, shade: string): Markup {
  const medians = quantiles.map(quantile => y(latencyOf(peer, quantile), scale))
  return html`<g class="line-${shade}">${
    medians.slice(1).map((to, index) => html`<line class="line" x1="${x(index)}" y1="${medians[index]!}" x2="${x(index + 1)}" y2="${to}"/>`)}${
    peer.rounds.map(round => quantiles.map((quantile, index) => html`<circle class="faint" cx="${x(index)}" cy="${y(round[quantile], scale)}" r="2.5"/>`))}${
    quantiles.map((quantile, index) => html`<circle class="point" cx="${x(index)}" cy="${medians[index]!}" r="4"><title>${peer.name}, ${quantileNames[quantile]}: ${digits(latencyOf(peer, quantile))} ms</title></circle>`)}</g>`
}

export function latencyTable (peers: readonly LatencyOfPeer[]): Markup {
  if (peers.length === 0) return html``
  return html`<div class="scroll"><table>
<tr><th>peer</th><th>version</th><th>requests/s</th>${quantiles.map(quantile => html`<th>${quantileNames[quantile]} ms</th>`)}<th>requests</th></tr>
${peers.map(peer => html`<tr><td>${peer.name}</td><td>${peer.version}</td><td>${whole(peer.perSecond)}</td>${
    quantiles.map(quantile => html`<td>${digits(latencyOf(peer, quantile))}</td>`)}<td>${whole(peer.rounds.reduce((total, round) => total + round.count, 0))}</td></tr>
`)}</table></div>
`
}
