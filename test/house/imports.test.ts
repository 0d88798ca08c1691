import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'

const root = path.resolve(import.meta.dirname, '../..')

async function sources (folder: string): Promise<Array<{ file: string, text: string, imports: string[] }>> {
  const entries = await readdir(path.join(root, folder), { recursive: true })
  return await Promise.all(entries.filter(name => name.endsWith('.ts')).map(async name => {
    const file = path.join(folder, name)
    const text = await readFile(path.join(root, file), 'utf8')
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, target]) =>
      target!.startsWith('.') ? path.join(path.dirname(file), target!) : target!)
    return { file, text, imports }
  }))
}

t.test('the planes never import each other, and what they share imports neither', async t => {
  const offences = async (folder: string, forbidden: string[]): Promise<string[]> => (await sources(folder)).flatMap(({ file, imports }) =>
    imports.filter(target => forbidden.some(prefix => target.startsWith(prefix))).map(target => `${file} → ${target}`))
  t.strictSame(await offences('control-plane', ['data-plane/']), [])
  t.strictSame(await offences('data-plane', ['control-plane/']), [])
  t.strictSame(await offences('shared', ['control-plane/', 'data-plane/']), [])
})

t.test('one file reads the environment', async t => {
  // What bundles are told of NODE_ENV is not read from anywhere.
  const all = (await Promise.all(['control-plane', 'data-plane', 'shared'].map(sources))).flat()
  const top = await Promise.all(['imprun.ts', 'planes.ts', 'start.ts'].map(async file => ({ file, text: await readFile(path.join(root, file), 'utf8') })))
  t.strictSame([...all, ...top].filter(({ text }) => /process\.env\b(?!\.NODE_ENV': )/.test(text)).map(({ file }) => file), ['shared/config.ts'])
})

t.test('isolates are the matter of the sandbox process alone', async t => {
  const all = (await Promise.all(['control-plane', 'data-plane', 'shared'].map(sources))).flat()
  const importers = all.filter(({ imports }) => imports.includes('isolated-vm')).map(({ file }) => file)
  t.ok(importers.length > 0)
  t.strictSame(importers.filter(file => !file.startsWith('data-plane/functions/sandbox/')), [])
})
