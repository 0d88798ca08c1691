import { readFileSync } from 'node:fs'
import t from 'tap'
import { pathTable } from './corpus/table.ts'

t.test('the documented outcomes are those that are tested', async t => {
  const page = readFileSync(new URL('../../docs/paths.md', import.meta.url), 'utf8')
  t.ok(page.includes(`\n${pathTable()}\n`), 'node test/http/corpus/table.ts prints the table')
})
