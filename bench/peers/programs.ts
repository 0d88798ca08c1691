import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { exists, findDebianProgram } from '../../test/support/debian-package.ts'
import { Unavailable } from './peer.ts'

/** How to run a program that is no part of this project. */
export interface Program {
  file: string
  /** What it needs of the environment; nothing of the benchmark's own reaches it. */
  env: NodeJS.ProcessEnv
  version: string
}

const run = promisify(execFile)
const plainEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C' }
const installTimeoutMs = 300_000

/** Where people have what they built themselves, or what Homebrew did. */
const ownPlaces = ['/usr/local/bin', '/opt/homebrew/bin']

/**
 * The one that is installed, or Debian's, which is fetched and unpacked beside the machine's own.
 * @param name of the package
 * @param file where the package has it
 * @param versionArgs with which it says its version
 * @throws {Unavailable}
 */
export async function debianProgram (name: string, file: string, versionArgs: readonly string[]): Promise<Program> {
  for (const own of ownPlaces.map(place => path.join(place, path.basename(file)))) {
    if (await exists(own)) return { file: own, env: plainEnv, version: await versionOf(own, versionArgs, plainEnv) }
  }
  const found = await findDebianProgram(name, file).catch((error: unknown) => {
    throw new Unavailable(name, `neither installed nor to be had from Debian: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`, { cause: error })
  })
  const env = { ...plainEnv, ...(found.libraries !== null && { LD_LIBRARY_PATH: found.libraries }) }
  return { file: found.file, env, version: await versionOf(found.file, versionArgs, env) }
}

/** Some say it on standard error, some end with 1 when they have; the first number with dots is it. @throws {Error} with what was said instead */
async function versionOf (file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const said = await run(file, [...args], { env }).then(({ stdout, stderr }) => `${stdout}\n${stderr}`, (error: unknown) => {
    const written = error instanceof Error && 'stdout' in error && 'stderr' in error ? `${String(error.stdout)}\n${String(error.stderr)}` : ''
    // It did not run at all.
    if (written.trim() === '') throw error
    return written
  })
  const version = /\d+(?:\.\d+)+/.exec(said)?.[0]
  if (version === undefined) throw new Error(`${file} does not say its version: ${said}`)
  return version
}

const npmFolder = path.join(import.meta.dirname, 'npm')
let installing: Promise<void> | null = null

/** What its packages are called: each has the binary of one kind of machine, and npm installs those of this one. */
const runtimes = {
  deno: { 'linux-x64': ['@deno/linux-x64-glibc', 'deno'] },
  bun: {
    'linux-x64': ['@oven/bun-linux-x64', 'bin/bun'],
    'linux-arm64': ['@oven/bun-linux-aarch64', 'bin/bun'],
    'darwin-x64': ['@oven/bun-darwin-x64', 'bin/bun'],
    'darwin-arm64': ['@oven/bun-darwin-aarch64', 'bin/bun']
  }
} as const satisfies Record<string, Record<string, readonly [string, string]>>

/** A JavaScript runtime from npm, in the version that the lockfile beside this has. @throws {Unavailable} */
export async function npmRuntime (name: keyof typeof runtimes): Promise<Program> {
  const kind = `${process.platform}-${process.arch}`
  const where = new Map<string, readonly [string, string]>(Object.entries(runtimes[name])).get(kind)
  if (where === undefined) throw new Unavailable(name, `npm has none for ${kind}`)
  const [packageName, binary] = where
  const folder = path.join(npmFolder, 'node_modules', packageName)
  if (!await isInstalled(folder, packageName)) await install(name)
  const file = path.join(folder, binary)
  const version = await versionOf(file, ['--version'], plainEnv).catch((error: unknown) => {
    throw new Unavailable(name, `it does not run on this machine: ${String(error)}`, { cause: error })
  })
  return { file, env: plainEnv, version }
}

/** In the version that is wanted now: the folder may be of an older checkout. */
async function isInstalled (folder: string, packageName: string): Promise<boolean> {
  if (!await exists(path.join(folder, 'package.json'))) return false
  const [wanted, found] = await Promise.all([path.join(npmFolder, 'package.json'), path.join(folder, 'package.json')].map(async file => JSON.parse(await readFile(file, 'utf8')) as unknown))
  return (wanted as { optionalDependencies: Record<string, string> }).optionalDependencies[packageName] === (found as { version: string }).version
}

/** All of them, once. No script of theirs is run. @throws {Unavailable} */
async function install (name: string): Promise<void> {
  installing ??= run('npm', ['ci', '--prefix', npmFolder, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: npmFolder, timeout: installTimeoutMs }).then(() => undefined)
  await installing.catch((error: unknown) => {
    throw new Unavailable(name, 'npm could not install it', { cause: error })
  })
}
