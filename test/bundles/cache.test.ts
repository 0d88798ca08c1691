import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { buildBundles, type Bundles } from '../../data-plane/bundles/build.ts'
import { cachedBundles } from '../../data-plane/bundles/cache.ts'
import { recordingLogger } from '../support/replica.ts'

const bundlesOf = (egress: string): Bundles => ({ scripts: { harness: '', web: { install: '', groups: {} as Bundles['scripts']['web']['groups'] } }, programs: { sandbox: '', probe: '', egress } })

/** A cache over a builder that copies one source. */
function openCache (t: Test) {
  const folder = t.testdir({ 'source.ts': 'first' })
  const source = path.join(folder, 'source.ts')
  const file = path.join(folder, 'bundles.json')
  const { logger, lines } = recordingLogger()
  let builds = 0
  const get = async (...where: string[]): Promise<string> => {
    const { programs } = await cachedBundles(where.length === 0 ? [file] : where, logger, async inputs => {
      builds++
      inputs.add(source)
      return await Promise.resolve(bundlesOf(readFileSync(source, 'utf8')))
    })
    return programs.egress
  }
  return { folder, source, file, get, lines, builds: () => builds }
}

t.test('they are built once, and again when a source has changed or is gone', async t => {
  const { source, get, builds } = openCache(t)
  t.strictSame([await get(), await get(), builds()], ['first', 'first', 1])
  writeFileSync(source, 'other')
  t.strictSame([await get(), await get(), builds()], ['other', 'other', 2])
  rmSync(source)
  await t.rejects(get(), { code: 'ENOENT' })
})

t.test('what is not what was written is not used', async t => {
  const { file, get, builds } = openCache(t)
  await get()
  const whole = readFileSync(file, 'utf8')
  const damaged = ['', 'null', '{}', '{"inputs":7,"sum":"","bundles":{}}', whole.replace('"egress":"first"', '"egress":"worse"'), whole.replace(process.version, 'v1.0.0')]
  for (const [index, text] of damaged.entries()) {
    writeFileSync(file, text)
    t.strictSame([await get(), builds()], ['first', index + 2])
  }
  truncateSync(file, whole.length - 5)
  t.strictSame([await get(), builds()], ['first', damaged.length + 2])
})

t.test('where the one place cannot be written, they are kept in the other', async t => {
  const { folder, file, get, lines, builds } = openCache(t)
  const nowhere = path.join(folder, 'nowhere', 'bundles.json')
  t.strictSame([await get(nowhere, file), await get(nowhere, file), builds()], ['first', 'first', 1])
  t.strictSame(lines(), [])
})

t.test('where nothing can be written, sandboxes start all the same', async t => {
  const { folder, get, lines } = openCache(t)
  t.equal(await get(path.join(folder, 'nowhere', 'bundles.json')), 'first')
  t.match(lines(), [{ err: { code: 'ENOENT' } }])
})

t.test('everything counts that they are made of', async t => {
  const inputs = new Set<string>()
  await buildBundles(inputs)
  const names = [...inputs].map(file => path.relative(process.cwd(), file))
  const some = ['sandbox/inside/main.ts', 'runtime/install.ts', 'runtime/build.ts', 'runtime/substitutes.ts', 'runtime/shims/lazy-tr46.ts', 'scripts.ts'].map(name => `data-plane/functions/${name}`)
  const programs = ['functions/sandbox/main.ts', 'functions/sandbox/probe.ts', 'egress/main.ts', 'bundles/programs.ts'].map(name => `data-plane/${name}`)
  for (const name of [...some, ...programs, 'node_modules/esbuild/package.json']) t.ok(names.includes(name), name)
  t.ok(names.some(name => name.startsWith('node_modules/whatwg-url/')), 'and packages')
  for (const file of inputs) t.doesNotThrow(() => readFileSync(file), file)
})
