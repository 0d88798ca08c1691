import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { cachedSandboxScripts } from '../../data-plane/functions/script-cache.ts'
import { buildSandboxScripts, type SandboxScripts } from '../../data-plane/functions/scripts.ts'
import { recordingLogger } from '../support/replica.ts'

const scriptsOf = (harness: string): SandboxScripts => ({ harness, web: { install: '', groups: {} as SandboxScripts['web']['groups'] } })

/** A cache over a builder that copies one source. */
function openCache (t: Test) {
  const folder = t.testdir({ 'source.ts': 'first' })
  const source = path.join(folder, 'source.ts')
  const file = path.join(folder, 'scripts.json')
  const { logger, lines } = recordingLogger()
  let builds = 0
  const get = async (where = file): Promise<string> => {
    const { harness } = await cachedSandboxScripts(where, logger, async inputs => {
      builds++
      inputs.add(source)
      return await Promise.resolve(scriptsOf(readFileSync(source, 'utf8')))
    })
    return harness
  }
  return { folder, source, file, get, lines, builds: () => builds }
}

t.test('the scripts are built once, and again when a source has changed or is gone', async t => {
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
  const damaged = ['', 'null', '{}', '{"inputs":7,"sum":"","scripts":{}}', whole.replace('"harness":"first"', '"harness":"worse"')]
  for (const [index, text] of damaged.entries()) {
    writeFileSync(file, text)
    t.strictSame([await get(), builds()], ['first', index + 2])
  }
  truncateSync(file, whole.length - 5)
  t.strictSame([await get(), builds()], ['first', damaged.length + 2])
})

t.test('where nothing can be written, sandboxes start all the same', async t => {
  const { folder, get, lines } = openCache(t)
  t.equal(await get(path.join(folder, 'nowhere', 'scripts.json')), 'first')
  t.match(lines(), [{ err: { code: 'ENOENT' } }])
})

t.test('everything counts that the scripts are made of', async t => {
  const inputs = new Set<string>()
  await buildSandboxScripts(inputs)
  const names = [...inputs].map(file => path.relative(process.cwd(), file))
  const some = ['sandbox/inside/main.ts', 'runtime/install.ts', 'runtime/build.ts', 'runtime/substitutes.ts', 'runtime/shims/lazy-tr46.ts', 'scripts.ts'].map(name => `data-plane/functions/${name}`)
  for (const name of [...some, 'node_modules/esbuild/package.json']) t.ok(names.includes(name), name)
  t.ok(names.some(name => name.startsWith('node_modules/whatwg-url/')), 'and packages')
  for (const file of inputs) t.doesNotThrow(() => readFileSync(file), file)
})
