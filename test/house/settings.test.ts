import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'

const root = path.resolve(import.meta.dirname, '../..')
const read = async (file: string): Promise<string> => await readFile(path.join(root, file), 'utf8')

/** The first two cells of each row that is about settings, by name: `| \`A\`, \`B\` | default |`. */
function settings (text: string): Map<string, string> {
  return new Map([...text.matchAll(/^\| (`[A-Z0-9_]+`(?:, `[A-Z0-9_]+`)*) \| ([^|]*) \|/gm)]
    .flatMap(([, names, standard]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]): [string, string] => [name!, standard!])))
}

const config = await read('shared/config.ts')
const own = new Set([...config.matchAll(/\b(?:IMPRUN_[A-Z0-9_]+|MONGODB_URL|REDIS_URL)\b/g)].map(([name]) => name))
/** What is left out means this number. */
const numbers = new Map([...config.matchAll(/\b(?:integer|port)\(env, '([A-Z0-9_]+)', ([\d_]+)/g)].map(([, name, number]) => [name!, Number(number!.replaceAll('_', ''))]))

t.test('the README names every setting, and no other', async t => {
  const [, section] = /\n## Settings\n([^]*?)\n## /.exec(await read('README.md'))!
  t.ok(own.size > 30)
  t.strictSame([...settings(section!).keys()].sort(), [...own].sort())
})

t.test('wherever a page has the default of a setting, it is the one that holds', async t => {
  t.ok(numbers.size > 15)
  for (const page of ['README.md', 'docs/operations/overload.md', 'docs/operations/redis.md', 'docs/operations/restarts.md', 'docs/operations/tls.md']) {
    for (const [name, standard] of settings(await read(page))) {
      t.ok(own.has(name), `${page}: ${name}`)
      if (numbers.has(name)) t.equal(Number(standard.replaceAll(/[`,]/g, '')), numbers.get(name), `${page}: ${name}`)
    }
  }
})
