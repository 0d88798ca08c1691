import { percent } from '../report/axis.ts'
import { html, Markup } from '../report/markup.ts'
import { style } from '../report/style.ts'
import { byFunction, type Flame, type Frame, type Kind } from './flame.ts'

const rowHeight = 18
/** Of what ran: less is no wider than a hair. */
const leastShare = 0.001
const mostFunctions = 40

const kinds: Record<Kind, string> = { own: 'this project', package: 'packages', node: 'Node.js', engine: 'V8, system, native code' }

/** Who called whom from top to bottom, as wide as it took; what each took itself below. A page that stands alone, like the report. */
export function flamePage (title: string, flame: Flame): string {
  const { root, idle, elapsed } = flame
  const depth = depthOf(root, root.total)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style + ownStyle)}</style>
</head>
<body>
<h1>${title}</h1>
<p class="lead">Ran ${ms(root.total)} of ${ms(elapsed)} (${share(root.total, elapsed)}), and had nothing to do for ${ms(idle)}. Shares are of the time in which it ran.
${(Object.keys(kinds) as Kind[]).map(kind => html`<span class="key"><i class="of-${kind}"></i>${kinds[kind]}</span> `)}</p>
<div class="scroll"><svg class="flame" height="${depth * rowHeight}">${frames(root.children, 0, 0, root.total)}</svg></div>
<h2>What functions took themselves</h2>
<div class="scroll"><table>
<tr><th>function</th><th>where</th><th>itself</th><th>with what it called</th></tr>
${byFunction(flame).slice(0, mostFunctions).map(({ name, place, kind, self, total }) => html`<tr><td><i class="of-${kind}"></i> ${name}</td><td>${place === '' ? '–' : place}</td><td>${share(self, root.total)}</td><td>${share(total, root.total)}</td></tr>
`)}</table></div>
</body>
</html>
`.text
}

const ownStyle = `
body { max-width: none; }
.flame { display: block; width: 100%; min-width: 50rem; overflow: hidden; margin: 1rem 0; } .flame svg { overflow: hidden; }
.flame rect { stroke: var(--ground); stroke-width: 1; } .flame text { font-size: 11px; fill: #15191f; pointer-events: none; }
td .of-own, td .of-package, td .of-node, td .of-engine { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; background: currentcolor; }
.of-own { fill: #8fb0ff; color: #8fb0ff; } .of-package { fill: #f4b860; color: #f4b860; } .of-node { fill: #7fcf9a; color: #7fcf9a; } .of-engine { fill: #c3c9d2; color: #c3c9d2; }
`

function frames (all: readonly Frame[], depth: number, from: number, whole: number): Markup[] {
  let x = from
  return all.map(frame => {
    const start = x
    x += frame.total
    if (frame.total < whole * leastShare) return html``
    const text = frame.place === '' ? frame.name : `${frame.name} ${frame.place}`
    const left = percent(100 * start / whole)
    const width = percent(100 * frame.total / whole)
    return html`<svg x="${left}" y="${depth * rowHeight}" width="${width}" height="${rowHeight}"><title>${text}
with what it called ${share(frame.total, whole)}, ${ms(frame.total)}; itself ${share(frame.self, whole)}, ${ms(frame.self)}</title><rect class="of-${frame.kind}" width="100%" height="100%"/>${
      frame.total < whole * leastLabelled ? null : html`<text x="4" y="13">${text}</text>`}</svg>
${frames(frame.children, depth + 1, start, whole)}`
  })
}

/** There is no room for a letter in less. */
const leastLabelled = 0.008

function depthOf (frame: Frame, whole: number): number {
  return Math.max(0, ...frame.children.filter(child => child.total >= whole * leastShare).map(child => 1 + depthOf(child, whole)))
}

function share (part: number, whole: number): string {
  return whole === 0 ? '–' : `${(100 * part / whole).toFixed(1)} %`
}

function ms (micros: number): string {
  return `${(micros / 1_000).toFixed(0)} ms`
}
