import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { debianMirror } from '../support/mongodb-server/mirror.ts'

const forms = {
  'one line each': ['list', 'deb http://mirror.example/debian-security bookworm-security main\ndeb [arch=amd64] http://mirror.example/pub/debian/ bookworm main\n'],
  'fields': ['sources', 'Types: deb\nURIs: https://tools.example/node\nSuites: stable\nComponents: main\n\nTypes: deb\nURIs: http://mirror.example/pub/debian\nSuites: bookworm\nComponents: main\n']
} as const

/** An apt that is set up with nothing but this. */
function setUp (t: Test, name: string, sources: string): void {
  const folder = t.testdir({ parts: { [name]: sources } })
  const config = path.join(folder, 'apt.conf')
  writeFileSync(config, `Dir::Etc::sourcelist "${folder}/none";\nDir::Etc::sourceparts "${folder}/parts";\n`)
  const { APT_CONFIG: before } = process.env
  process.env.APT_CONFIG = config
  t.teardown(() => {
    if (before === undefined) delete process.env.APT_CONFIG
    else process.env.APT_CONFIG = before
  })
}

for (const [form, [ending, sources]] of Object.entries(forms)) {
  t.test(`the packages come from the mirror that the machine is set up for: ${form}`, async t => {
    setUp(t, `debian.${ending}`, sources)
    t.equal(await debianMirror(), 'http://mirror.example/pub/debian')
  })
}

t.test('a machine that says nothing of Debian is given the plain mirror', async t => {
  setUp(t, 'other.list', 'deb https://tools.example/node stable main\n')
  t.equal(await debianMirror(), 'http://deb.debian.org/debian')
})
