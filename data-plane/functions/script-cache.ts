import { hash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from '#shared/log.ts'
import type { SandboxScripts } from './scripts.ts'

/** Where the scripts of sandboxes are kept from one start of a data plane to the next. */
export function scriptCacheFile (dataDir: string): string {
  return path.join(dataDir, 'sandbox-scripts.json')
}

interface CachedScripts {
  /** Every file that the scripts were made of, and the SHA-256 of what was in it. */
  inputs: Array<[file: string, sum: string]>
  /** SHA-256 of `inputs` and `scripts`: a file that was cut off or has decayed is none. */
  sum: string
  scripts: SandboxScripts
}

type Build = (inputs: Set<string>) => Promise<SandboxScripts>

/**
 * The scripts, built only where a file that they are made of is not what it was. Starting a bundler takes the processor longer than starting
 * a sandbox does.
 * @throws what building throws
 */
export async function cachedSandboxScripts (file: string, logger: Logger, build: Build = buildWithBundler): Promise<SandboxScripts> {
  const cached = readCached(file)
  if (cached !== null) return cached
  const files = new Set<string>()
  const scripts = await build(files)
  const inputs = [...files].sort().map((input): [string, string] => [input, sumOf(readFileSync(input))])
  try {
    write(file, { inputs, sum: sumOf(JSON.stringify([inputs, scripts])), scripts })
  } catch (err) {
    if (!(err instanceof Error && 'code' in err)) throw err
    logger.warn({ err, file }, 'the scripts of sandboxes cannot be kept: they are built again at the next start')
  }
  return scripts
}

async function buildWithBundler (inputs: Set<string>): Promise<SandboxScripts> {
  // Loaded here alone: most starts do without the bundler.
  const { buildSandboxScripts } = await import('./scripts.ts')
  return await buildSandboxScripts(inputs)
}

/** `null`: there is nothing that could be used. */
function readCached (file: string): SandboxScripts | null {
  const text = readIfThere(file)
  if (text === null) return null
  try {
    const { inputs, sum, scripts } = JSON.parse(text.toString()) as CachedScripts
    const isWhole = sumOf(JSON.stringify([inputs, scripts])) === sum
    return isWhole && inputs.every(([input, known]) => isUnchanged(input, known)) ? scripts : null
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

/** Under another name first: another generation may read it now. */
function write (file: string, cached: CachedScripts): void {
  const next = `${file}.${process.pid}`
  try {
    writeFileSync(next, JSON.stringify(cached), { mode: 0o600 })
    renameSync(next, file)
  } finally {
    rmSync(next, { force: true })
  }
}

function sumOf (content: string | Buffer): string {
  return hash('sha256', content)
}
