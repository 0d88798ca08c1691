import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { compileSchema } from '#shared/json-schema/compile.ts'
import { exists, fetchDebianPackage } from '../support/debian-package.ts'

interface Group { description: string, schema: unknown, tests: Array<{ description: string, data: unknown, valid: boolean }> }

/** Where 2020-12 means another thing than draft 7, whose tests these are. */
const meaningOtherThings = ['ref overrides any sibling keywords']

const isDebian = process.platform === 'linux' && await exists('/usr/bin/apt-get')

t.test('the official tests are passed, or the schema is refused', { skip: isDebian ? false : 'on Debian alone' }, async t => {
  const folder = path.join(await fetchDebianPackage('json-schema-test-suite'), 'usr/share/json-schema-test-suite/tests/draft7')
  const refused = new Set<string>()
  let passed = 0
  for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
    for (const { description, schema, tests } of JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Group[]) {
      if (meaningOtherThings.includes(description)) continue
      const { faults, check } = compileSchema(schema)
      if (faults.length > 0) {
        refused.add(file)
        continue
      }
      for (const { description: value, data, valid } of tests) {
        if ((check(data).length === 0) === valid) passed++
        else t.fail(`${file}: ${description}: ${value}`)
      }
    }
  }
  t.ok(passed >= 345, `${passed}`)
  t.strictSame([...refused].sort(), ['additionalItems.json', 'definitions.json', 'dependencies.json', 'items.json', 'ref.json', 'refRemote.json'])
})
