import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { install } from '../../control-plane/packages/installer/install.ts'
import { defaultLimits, type InstallReply, type PackageLimits } from '../../control-plane/packages/messages.ts'
import { pack, startRegistry, type Manifest, type PublishOptions, type TestRegistry } from '../support/registry.ts'

type Test = Parameters<typeof startRegistry>[0]
type Bring = (dependencies: Record<string, string>) => Promise<InstallReply & { folder: string }>

/** What the installer's process does, in this one. */
async function start (t: Test, limits: Partial<PackageLimits> = {}): Promise<{ registry: TestRegistry, bring: Bring }> {
  const registry = await startRegistry(t)
  return {
    registry,
    bring: async dependencies => {
      const folder = mkdtempSync(path.join(tmpdir(), 'imprun-test-'))
      t.teardown(async () => await rm(folder, { recursive: true, force: true }))
      return { folder, ...await install({ folder, registry: registry.url, limits: { ...defaultLimits, ...limits }, dependencies }) }
    }
  }
}

t.test('packages that cannot be used are named with the reason', async t => {
  const { registry, bring } = await start(t)
  const cases: Array<[detail: RegExp, manifest?: Partial<Manifest>, files?: Record<string, string>, options?: PublishOptions]> = [
    [/is a native add-on,/, { gypfile: true }],
    [/native add-on \(binding\.gyp\)/, {}, { 'binding.gyp': '{}' }],
    [/native add-on \(build\/x\.node\)/, {}, { 'build/x.node': '' }],
    [/does not stay in its folder/, {}, {}, { entries: [{ path: 'package/../../../../tmp/imprun-escaped.js', content: 'x' }] }],
    [/does not stay in its folder/, {}, {}, { entries: [{ path: 'package/a\\..\\b.js', content: 'x' }] }],
    [/cannot be unpacked/, {}, { 'lib/x.js': '' }, { entries: [{ path: 'package/lib/x.js/y.js', content: 'x' }] }],
    [/cannot be unpacked/, {}, {}, { tarball: Buffer.from('no tarball') }],
    [/cannot be unpacked|no package\.json/, {}, {}, { tarball: gzipSync(randomBytes(2_000)) }],
    [/cannot be unpacked/, {}, {}, { tarball: pack([{ path: 'package/package.json', content: '{}' }]).subarray(0, 60) }],
    [/no package\.json/, {}, {}, { tarball: pack([{ path: 'package/index.js', content: '' }]) }],
    [/npm-shrinkwrap\.json/, { _hasShrinkwrap: true }],
    [/no integrity/, {}, {}, { integrity: '' }],
    [/not what its integrity says/, {}, {}, { integrity: `sha512-${Buffer.alloc(64).toString('base64')}` }]
  ]
  for (const [index, [detail, manifest, files, options]] of cases.entries()) {
    const name = `case-${index}`
    registry.publish({ name, version: '1.0.0', ...manifest }, { 'index.js': '', ...files }, options)
    const reply = await bring({ [name]: '1' })
    t.match(reply, { ok: false, refusal: { reason: 'refused', detail } }, JSON.stringify(reply))
    t.match(reply, { refusal: { detail: new RegExp(`^${name}@1\\.0\\.0`) } })
  }
  t.notOk(existsSync('/tmp/imprun-escaped.js'))
})

t.test('links in a package lead nowhere, and only code is laid out', async t => {
  const { registry, bring } = await start(t)
  registry.publish({ name: 'linked', version: '1.0.0' }, { 'index.js': '', 'README.md': '', 'index.d.ts': '', 'lib/x.css': '', 'lib/y.cjs': '' }, {
    entries: [
      { path: 'package/etc', type: 'SymbolicLink', linkpath: '/etc' },
      { path: 'package/hostname.json', type: 'Link', linkpath: '/etc/hostname' },
      { path: 'package/etc/hostname.js', content: 'inside' }
    ]
  })
  const reply = await bring({ linked: '1' })
  t.match(reply, { ok: true })
  const files = ['etc/hostname.js', 'index.js', 'lib/y.cjs', 'package.json'].map(file => `node_modules/linked/${file}`)
  t.strictSame(reply.ok && reply.installed.files, files)
  t.ok(readdirSync(path.join(reply.folder, 'node_modules/linked'), { withFileTypes: true }).every(entry => !entry.isSymbolicLink()))
})

t.test('there are bounds to how much can be brought', async t => {
  const { registry, bring } = await start(t, { packages: 3, unpackedBytes: 100_000 })
  for (const [name, next] of ['ab', 'bc', 'cd', 'de']) registry.publish({ name: name!, version: '1.0.0', dependencies: { [next!]: '1' } })
  registry.publish({ name: 'e', version: '1.0.0' })
  t.match(await bring({ a: '1' }), { ok: false, refusal: { reason: 'refused', detail: '5 packages would be needed, and 3 are the most.' } })
  registry.publish({ name: 'random', version: '1.0.0' }, { 'data.bin': randomBytes(150_000) })
  registry.publish({ name: 'bomb', version: '1.0.0' }, {}, { tarball: gzipSync(Buffer.alloc(50_000_000)) })
  registry.publish({ name: 'half', version: '1.0.0', dependencies: { 'other-half': '1' } }, { 'half.js': 'x'.repeat(60_000), 'README.md': 'x'.repeat(60_000) })
  registry.publish({ name: 'other-half', version: '1.0.0' }, { 'half.js': 'x'.repeat(60_000) })
  t.match(await bring({ random: '1' }), { ok: false, refusal: { detail: 'random@1.0.0 is larger than 400000 bytes.' } }, 'packed')
  t.match(await bring({ bomb: '1' }), { ok: false, refusal: { detail: 'bomb@1.0.0 is larger than 400000 bytes.' } }, 'unpacked')
  t.match(await bring({ half: '1' }), { ok: false, refusal: { detail: 'The packages have more than 100000 bytes of code together.' } })
  t.match(await bring({ 'other-half': '1' }), { ok: true })
})

t.test('packages whose dependencies contradict each other, or cannot be understood, are refused', async t => {
  const { registry, bring } = await start(t)
  for (const version of ['1.0.0', '2.0.0']) registry.publish({ name: 'peer', version })
  registry.publish({ name: 'one', version: '1.0.0', peerDependencies: { peer: '1' } })
  registry.publish({ name: 'two', version: '1.0.0', peerDependencies: { peer: '2' } })
  registry.publish({ name: 'odd', version: '1.0.0', dependencies: { '../odd': '1' } })
  t.match(await bring({ one: '1', two: '1' }), { ok: false, refusal: { reason: 'refused', detail: /contradict/ } })
  t.match(await bring({ odd: '1' }), { ok: false, refusal: { reason: 'refused', detail: /cannot be understood/ } })
})

t.test('a lock that would lead elsewhere is refused', async t => {
  const registry = await startRegistry(t)
  registry.publish({ name: 'a', version: '1.0.0' })
  const { integrity } = { integrity: `sha512-${Buffer.alloc(64).toString('base64')}` }
  for (const place of ['../a', 'node_modules/../../a', 'node_modules/..', '/a', 'node_modules/a/../../../b', 'a', 'node_modules/@s/../a']) {
    const request = { folder: t.testdir(), registry: registry.url, limits: defaultLimits, locked: [{ name: 'a', version: '1.0.0', integrity, path: place }] }
    t.match(await install(request), { ok: false, refusal: { detail: /cannot stand/ } }, place)
  }
  t.strictSame(registry.takeRequests(), [])
})
