import { hash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from '#shared/log.ts'
import type { Bundles } from './build.ts'

const root = path.join(import.meta.dirname, '..', '..')

/** Where they are kept from one start to the next: with the program, or where that cannot be written, with the data. */
export function bundleCacheFiles (dataDir: string): string[] {
  return [path.join(root, 'node_modules', '.cache', 'imprun-bundles.json'), path.join(dataDir, 'bundles.json')]
}

interface CachedBundles {
  /** Version of Node.js that they were made for. */
  node: string
  /** Every file that they were made of, and the SHA-256 of what was in it. */
  inputs: Array<[file: string, sum: string]>
  /** SHA-256 of all else: a file that was cut off or has decayed is none. */
  sum: string
  bundles: Bundles
}

type Build = (inputs: Set<string>) => Promise<Bundles>

/**
 * The bundles, built only where a file that they are made of is not what it was. Starting a bundler takes the processor longer than starting
 * a sandbox does.
 * @param cacheFiles the first that can be used is
 * @throws what building throws
 */
export async function cachedBundles (cacheFiles: readonly string[], logger: Logger, build: Build = buildWithBundler): Promise<Bundles> {
  for (const file of cacheFiles) {
    const cached = readCached(file)
    if (cached !== null) return cached
  }
  const files = new Set<string>()
  const bundles = await build(files)
  const inputs = [...files].sort().map((input): [string, string] => [input, sumOf(readFileSync(input))])
  const node = process.version
  const content = { node, inputs, sum: sumOf(JSON.stringify([node, inputs, bundles])), bundles }
  const failures: Array<{ file: string, err: Error }> = []
  for (const file of cacheFiles) {
    const err = write(file, content)
    if (err === null) return bundles
    failures.push({ file, err })
  }
  for (const failure of failures) logger.warn(failure, 'what sandboxes are started with cannot be kept: it is built again at the next start')
  return bundles
}

async function buildWithBundler (inputs: Set<string>): Promise<Bundles> {
  // Loaded here alone: most starts do without the bundler.
  const { buildBundles } = await import('./build.ts')
  return await buildBundles(inputs)
}

/** `null`: there is nothing that could be used. */
function readCached (file: string): Bundles | null {
  const text = readIfThere(file)
  if (text === null) return null
  try {
    const { node, inputs, sum, bundles } = JSON.parse(text.toString()) as CachedBundles
    const isWhole = node === process.version && sumOf(JSON.stringify([node, inputs, bundles])) === sum
    return isWhole && inputs.every(([input, known]) => isUnchanged(input, known)) ? bundles : null
  } catch (error) {
    // Whatever else is in the file.
    if (error instanceof SyntaxError || error instanceof TypeError) return null
    throw error
  }
}

function isUnchanged (input: string, sum: string): boolean {
  const content = readIfThere(input)
  return content !== null && sumOf(content) === sum
}

function readIfThere (file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** Under another name first: another one may read it now. @returns what the file system refused it with, or `null` */
function write (file: string, cached: CachedBundles): Error | null {
  const next = `${file}.${process.pid}`
  try {
    writeFileSync(next, JSON.stringify(cached), { mode: 0o600 })
    renameSync(next, file)
    return null
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return error
  } finally {
    rmSync(next, { force: true })
  }
}

function sumOf (content: string | Buffer): string {
  return hash('sha256', content)
}
