import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'

const root = path.resolve(import.meta.dirname, '../..')
const read = async (file: string): Promise<string> => await readFile(path.join(root, file), 'utf8')

/** What needs no source: that nothing was found, and what follows from how the product is sold. */
const sourceless = new Set(['not documented', 'your code', 'hosted'])

/** Where each product speaks for itself, in the order of the columns. */
const vendors = [
  /^https:\/\/(?:developer\.konghq\.com|github\.com\/Kong)\//,
  /^https:\/\/(?:apisix\.apache\.org\/docs|github\.com\/apache\/apisix|github\.com\/api7\/adc)/,
  /^https:\/\/zuplo\.com\//,
  /^https:\/\/(?:developers\.cloudflare\.com|github\.com\/cloudflare)\//
]

interface Row { feature: string, cells: string[] }

/** Rows of the tables that have a column for imprun and one for each of the others. */
function rows (text: string): Row[] {
  return [...text.matchAll(/^\|(.+)\|$/gm)].map(([, inner]) => inner!.split('|').map(cell => cell.trim()))
    .filter(cells => cells.length === 6 && cells[0] !== '' && !cells[0]!.startsWith('---'))
    .map(([feature, ...cells]) => ({ feature: feature!, cells }))
}

const words = (cell: string): string => cell.replaceAll(/\[([^\]]+)\](?:\[[^\]]+\]|\([^)]+\))/g, '$1')

t.test('what is said of others has a source of theirs', async t => {
  const text = await read('docs/comparison.md')
  const sources = new Map([...text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name, url]) => [name!, url!]))
  const used = new Set<string>()
  const table = rows(text)
  t.ok(table.length > 50)
  for (const { feature, cells } of table) {
    for (const [index, cell] of cells.slice(1).entries()) {
      if (sourceless.has(cell)) continue
      const names = [...cell.matchAll(/\]\[([^\]]+)\]/g)].map(([, name]) => name!)
      t.ok(names.length > 0, `${feature}: ${cell}`)
      for (const name of names) {
        used.add(name)
        t.match(sources.get(name), vendors[index]!, `${feature}: ${cell}`)
      }
    }
  }
  t.strictSame([...sources.keys()].filter(name => !used.has(name)), [])
})

t.test('what is said of imprun leads to pages that are there', async t => {
  for (const [, target] of (await read('docs/comparison.md')).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
    await t.resolves(access(path.join(root, 'docs', target!)), target!)
  }
})

t.test('the README says the same', async t => {
  const whole = new Map(rows(await read('docs/comparison.md')).map(({ feature, cells }) => [feature, cells.map(words)]))
  const section = (await read('README.md')).split('\n## ').find(part => part.startsWith('Beside others'))
  t.ok(section)
  const short = rows(section!)
  t.ok(short.length > 10)
  for (const { feature, cells } of short) t.strictSame(cells.map(words), whole.get(feature), feature)
})
