import { percentiles } from '../report.ts'
import type { BenchResult, Group, ScenarioResult } from '../result.ts'
import { digits, format, whole } from './numbers.ts'
import { isOurs, latencyOf, rateOf, ratio, subjectOf } from './peers.ts'
import { targetsOf, verdict, wantedText } from './targets.ts'

const begin = '<!-- made by `npm run bench -- readme` from bench/results/latest.json -->'
const end = '<!-- end of what is made -->'

/** The README with this between its two comments, and all else as it is. @throws where the comments are not there */
export function withSpeed (readme: string, text: string): string {
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from < 0 || to < from) throw new Error(`The README has no place between "${begin}" and "${end}"`)
  return `${readme.slice(0, from + begin.length)}\n${text}\n${readme.slice(to)}`
}

/** The rest is in the report. */
const throughputGroups: readonly Group[] = ['function', 'proxy', 'keys']

/** What a run says in short, misses first. `null`: none is kept. */
export function speedText (result: BenchResult | null): string {
  if (result === null) return 'No run is kept yet.'
  const { scenarios } = result
  const parts = [
    `${provenance(result)} **${verdict(targetsOf(result))}.** [The report](bench/results/report.html) has plots of all of it.`,
    failed(result),
    targets(result),
    throughput(scenarios.filter(({ group }) => throughputGroups.includes(group))),
    latency(scenarios),
    events(scenarios)
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

function provenance ({ at, commit, machine, generators }: BenchResult): string {
  const what = commit === null ? '' : ` at commit \`${text(commit.id.slice(0, 12))}\`${commit.isDirty ? ', with changes that are not committed,' : ''}`
  return `Measured on ${text(at.slice(0, 10))}${what} on ${text(machine.cpu)}, ${machine.cores} cores, Node.js ${text(machine.node)}, with ${text(generators.join(', '))}; peers in turn, medians.`
}

function failed ({ failed }: BenchResult): string {
  return failed.map(({ scenario, reason }) => `**No result** of \`${text(scenario)}\`: ${text(reason)}`).join('\n\n')
}

function targets (result: BenchResult): string {
  const all = targetsOf(result)
  return table(['target', 'wanted', 'measured', ''], all.map(target =>
    [`${text(target.name)} (\`${text(target.scenario)}\`)`, wantedText(target), format(target.measured, target.unit), target.isMet ? 'met' : '**missed**']))
}

function throughput (scenarios: readonly ScenarioResult[]): string {
  return table(['requests per second', 'imprun', 'others, and how many times that imprun answers'], scenarios.filter(scenario => scenario.throughput.length > 0).map(({ title, throughput }) => {
    const subject = subjectOf(throughput)
    const ours = throughput.filter(isOurs).map(peer => subject === peer ? whole(rateOf(peer).median) : `${text(peer.name)} ${whole(rateOf(peer).median)}`)
    const others = throughput.filter(peer => !isOurs(peer)).map(peer => `${text(peer.name)} ${whole(rateOf(peer).median)}${subject === null ? '' : ` (${format(ratio(subject, peer), 'ratio')})`}`)
    return [text(title), ours.join(', '), others.join(', ')]
  }))
}

function latency (scenarios: readonly ScenarioResult[]): string {
  return table(['at a constant rate', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms'], scenarios.flatMap(({ title, latency }) => latency.map(peer =>
    [`${text(title)}: ${text(peer.name)}`, whole(peer.perSecond), digits(latencyOf(peer, 'p50Ms')), digits(latencyOf(peer, 'p99Ms')), digits(latencyOf(peer, 'p999Ms'))])))
}

function events (scenarios: readonly ScenarioResult[]): string {
  const figures = scenarios.filter(({ group }) => group === 'events').flatMap(({ title, figures }) => figures.map(figure => ({ title, ...figure })))
  return table(['event', 'times', 'p50', 'p99', 'most'], figures.filter(({ as }) => as === 'percentiles').map(({ title, name, unit, values }) => {
    const { p50, p99, max } = percentiles(values)
    return [`${text(title)}: ${text(name)}`, whole(values.length), format(p50, unit), format(p99, unit), format(max, unit)]
  }))
}

/** Nothing where there are no rows. */
function table (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  if (rows.length === 0) return ''
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Neither a cell's end nor HTML. */
function text (value: string): string {
  return value.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]|<>]/g, character => `\\${character}`)
}
