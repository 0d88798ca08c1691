import { axisRow, gridLines, percent } from './axis.ts'
import { html, type Markup } from './markup.ts'
import { digits, format, whole } from './numbers.ts'
import { cpuOf, medianOf, oursAmong, rateOf, ratio, subjectOf, totalCpu } from './peers.ts'
import { linear, type Scale } from './scale.ts'
import { spread } from '../report.ts'
import type { ThroughputOfPeer } from '../result.ts'

const rowHeight = 30
const middle = rowHeight / 2

/** A bar for each peer, the fastest first: the median, with each round as a dot. */
export function throughputPlot (peers: readonly ThroughputOfPeer[]): Markup {
  if (peers.length === 0) return html``
  const sorted = peers.toSorted((a, b) => rateOf(b).median - rateOf(a).median)
  const scale = linear(peers.map(peer => rateOf(peer).max))
  const subject = subjectOf(peers)
  const isMarked = oursAmong(peers)
  const { generator, connections, secondsOfRound, rounds } = peers[0]!
  return html`<figure>
<figcaption><b>Requests per second</b> <span>bar: median, dots: ${rounds.length} rounds of ${secondsOfRound} s; ${generator}, ${connections} connections</span></figcaption>
<div class="plot">
${sorted.map(peer => rateRow(peer, scale, subject, isMarked(peer)))}${axisRow(scale, 'requests/s')}</div>
</figure>
`
}

function rateRow (peer: ThroughputOfPeer, scale: Scale, subject: ThroughputOfPeer | null, isMarked: boolean): Markup {
  const { median, min, max } = rateOf(peer)
  const values = peer.rounds.map(round => round.requestsPerSecond)
  const said = `${peer.name}: ${whole(median)} requests a second, rounds from ${whole(min)} to ${whole(max)}`
  return html`<div class="row${isMarked ? ' ours' : ''}"><div class="name">${peer.name} <small>${peer.version}</small></div><svg class="track" height="${rowHeight}" role="img" aria-label="${said}">${gridLines(scale)}
<rect class="bar" x="0" y="6" width="${percent(scale.at(median))}" height="${rowHeight - 12}" rx="2"/>${dots(values, scale)}</svg><div class="value"><b>${whole(median)}</b> <small>${whole(min)} – ${whole(max)}</small>${compared(peer, subject)}</div></div>
`
}

/** How the subject does beside this peer. */
function compared (peer: ThroughputOfPeer, subject: ThroughputOfPeer | null): Markup | null {
  if (subject === null || subject === peer) return null
  return html` <small class="ratio">${subject.name}: ${format(ratio(subject, peer), 'ratio')}</small>`
}

/** A line from the least to the most, and each of them. */
function dots (values: readonly number[], { at }: Scale): Markup {
  const { min, max } = spread(values)
  return html`<line class="spread" x1="${percent(at(min))}" x2="${percent(at(max))}" y1="${middle}" y2="${middle}"/>${
    values.map((value, index) => html`<circle class="dot" cx="${percent(at(value))}" cy="${middle}" r="3"><title>round ${index + 1}: ${digits(value)}</title></circle>`)}`
}

/** What one request takes of the processors, by the kind of process; nothing where the system does not say. */
export function processorPlot (peers: readonly ThroughputOfPeer[]): Markup {
  const known = peers.map(peer => ({ peer, micros: cpuOf(peer) })).filter(entry => entry.micros !== null)
  if (known.length === 0) return html``
  const kinds = kindsOf(known.map(entry => entry.micros!))
  const totals = known.map(({ peer, micros }) => ({ peer, micros: micros!, total: spread(peer.rounds.map(round => totalCpu(round) ?? 0)).median }))
    .toSorted((a, b) => a.total - b.total)
  const isMarked = oursAmong(peers)
  const scale = linear(totals.map(({ total, micros }) => Math.max(total, sum(Object.values(micros)))))
  return html`<figure>
<figcaption><b>Processor time of one request</b> <span>medians, all processes of a peer; ${kinds.map((kind, index) => html`<span class="key"><i class="fill-${shade(kind, index)}"></i>${kind}</span> `)}</span></figcaption>
<div class="plot">
${totals.map(({ peer, micros, total }) => html`<div class="row${isMarked(peer) ? ' ours' : ''}"><div class="name">${peer.name}</div>${stack(peer.name, kinds, micros, scale)}<div class="value"><b>${digits(total)} µs</b></div></div>
`)}${axisRow(scale, 'µs')}</div>
</figure>
`
}

function stack (name: string, kinds: readonly string[], micros: Record<string, number>, scale: Scale): Markup {
  let from = 0
  const parts = kinds.map((kind, index) => {
    const value = micros[kind] ?? 0
    const part = html`<rect class="fill-${shade(kind, index)}" x="${percent(scale.at(from))}" y="6" width="${percent(scale.at(value))}" height="${rowHeight - 12}"><title>${kind}: ${digits(value)} µs</title></rect>`
    from += value
    return value === 0 ? null : part
  })
  const said = `${name}: ${kinds.filter(kind => micros[kind] !== undefined).map(kind => `${kind} ${digits(micros[kind]!)} µs`).join(', ')}`
  return html`<svg class="track" height="${rowHeight}" role="img" aria-label="${said}">${gridLines(scale)}${parts}</svg>`
}

/** In the same colours in all scenarios. */
const knownKinds = ['edge', 'sandbox', 'server']

/** Those that have a colour of their own, then others, the nameless rest last. */
function kindsOf (all: ReadonlyArray<Record<string, number>>): string[] {
  const present = new Set(all.flatMap(micros => Object.keys(micros)))
  const known = knownKinds.filter(kind => present.has(kind))
  const others = [...present].filter(kind => !knownKinds.includes(kind) && kind !== 'other').toSorted()
  return [...known, ...others, ...(present.has('other') ? ['other'] : [])]
}

const shades = 4

function shade (kind: string, index: number): string {
  if (kind === 'other') return 'rest'
  const known = knownKinds.indexOf(kind)
  return String((known >= 0 ? known : knownKinds.length + index) % shades + 2)
}

function sum (values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** All numbers of the plots, for those who want to read them. */
export function throughputTable (peers: readonly ThroughputOfPeer[]): Markup {
  if (peers.length === 0) return html``
  const cell = (value: number | null): string => value === null ? '–' : digits(value)
  return html`<div class="scroll"><table>
<tr><th>peer</th><th>version</th><th>requests/s</th><th>least</th><th>most</th><th>p50 ms</th><th>p99 ms</th><th>µs of processor</th></tr>
${peers.map(peer => {
  const { median, min, max } = rateOf(peer)
  const micros = peer.rounds.map(totalCpu).filter(value => value !== null)
  return html`<tr><td>${peer.name}</td><td>${peer.version}</td><td>${whole(median)}</td><td>${whole(min)}</td><td>${whole(max)}</td><td>${cell(medianOf(peer, 'p50Ms'))}</td><td>${cell(medianOf(peer, 'p99Ms'))}</td><td>${micros.length === 0 ? '–' : digits(spread(micros).median)}</td></tr>
`})}</table></div>
`
}
