import { figurePlots } from './figures.ts'
import { latencyPlot, latencyTable } from './latency.ts'
import { html, Markup } from './markup.ts'
import { whole } from './numbers.ts'
import { style } from './style.ts'
import { targetList, targetsOf, verdict } from './targets.ts'
import { processorPlot, throughputPlot, throughputTable } from './throughput.ts'
import type { BenchResult, Group, ScenarioResult } from '../result.ts'

const groups: Record<Group, string> = {
  function: 'Functions',
  proxy: 'Servers behind',
  keys: 'Keys',
  policies: 'Policies',
  latency: 'Latency at a constant rate',
  events: 'Events',
  capacity: 'Capacity'
}

/** A run as one page that stands alone: no script, and nothing is asked for elsewhere, which its policy holds a browser to. */
export function page (result: BenchResult): string {
  const targets = targetsOf(result)
  const present = (Object.keys(groups) as Group[]).filter(group => result.scenarios.some(scenario => scenario.group === group))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>imprun: benchmark of ${dayOf(result)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>imprun: benchmark</h1>
<p class="lead">${dayOf(result)}, ${commitOf(result)}, on ${result.machine.cpu}, ${result.machine.cores} cores. Numbers of two machines say nothing about each other; read the ratios.</p>
</header>
<main>
<section>
<h2>${verdict(targets)}</h2>
${failed(result)}${targetList(targets, true)}${missing(result)}</section>
<nav aria-label="Scenarios">
${present.map(group => html`<div><b>${groups[group]}</b> <span>${result.scenarios.filter(scenario => scenario.group === group).map(entry)}</span></div>
`)}</nav>
${present.map(group => html`<section>
<h2>${groups[group]}</h2>
${result.scenarios.filter(scenario => scenario.group === group).map(section)}</section>
`)}${provenance(result)}</main>
</body>
</html>
`.text
}

/** In the list of what there is. */
function entry ({ id, title, targets }: ScenarioResult): Markup {
  return html`<a href="#${id}">${title}${targets.some(target => !target.isMet) ? html` <span class="missed">✗</span>` : null}</a> `
}

function section (scenario: ScenarioResult): Markup {
  const { id, title, about, throughput, latency, figures } = scenario
  const tables = html`${throughputTable(throughput)}${latencyTable(latency)}`
  return html`<article id="${id}">
<h3>${title} <code>${id}</code></h3>
<p>${about}</p>
${targetList(targetsOf({ scenarios: [scenario] }), false)}${throughputPlot(throughput)}${processorPlot(throughput)}${latencyPlot(latency)}${figurePlots(figures)}${
    tables.text === '' ? null : html`<details><summary>All numbers</summary>
${tables}</details>
`}</article>
`
}

/** A scenario that has no result could hide a missed target. */
function failed ({ failed }: BenchResult): Markup | null {
  if (failed.length === 0) return null
  return html`<ul class="failed">
${failed.map(({ scenario, reason }) => html`<li><b class="missed">✗ no result</b> of <code>${scenario}</code>: ${reason.split('\n')[0]!}</li>
`)}</ul>
`
}

function missing ({ missing }: BenchResult): Markup | null {
  if (missing.length === 0) return null
  return html`<h3>Not measured</h3>
<ul class="missing">
${missing.map(({ scenario, peer, reason }) => html`<li><b>${peer}</b> in <code>${scenario}</code>: ${reason}</li>
`)}</ul>
`
}

function provenance (result: BenchResult): Markup {
  const { machine, generators, commit, mode, scenarios } = result
  const versions = new Map(scenarios.flatMap(({ throughput, latency }) => [...throughput, ...latency].map(({ name, version }) => [name, version] as const)))
  return html`<section>
<h2>What was measured, and how to repeat it</h2>
<dl class="facts">
<div><dt>When</dt><dd>${result.at.slice(0, 16).replace('T', ' ')} UTC, for ${whole(result.seconds / 60)} minutes</dd></div>
<div><dt>Commit</dt><dd>${commit === null ? 'not from a checkout' : html`<code>${commit.id}</code>${commit.isDirty ? ', with changes that are not committed' : ''}`}</dd></div>
<div><dt>Machine</dt><dd>${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB.toFixed(1)} GiB, ${machine.system}</dd></div>
<div><dt>Node.js</dt><dd>${machine.node}</dd></div>
<div><dt>Load</dt><dd>${generators.join(', ')}</dd></div>
<div><dt>Peers</dt><dd>${[...versions].map(([name, version]) => `${name} ${version}`).join(', ')}</dd></div>
</dl>
<pre><code>${commit === null ? '' : `git checkout ${commit.id}\n`}npm ci
npm run bench${mode === 'full' ? ' -- full' : ''}</code></pre>
<p>Peers are measured in turn, in rounds, so that whatever else the machine does meets all of them. Answers are checked before and after; a wrong one, or a request that fails, and there
is no comparison. <code>bench/README.md</code> says what each peer does, and what it does less or more than imprun.</p>
</section>
`
}

function commitOf ({ commit }: BenchResult): string {
  return commit === null ? 'not from a checkout' : `commit ${commit.id.slice(0, 12)}${commit.isDirty ? ' with changes that are not committed' : ''}`
}

function dayOf ({ at }: BenchResult): string {
  return at.slice(0, 10)
}
