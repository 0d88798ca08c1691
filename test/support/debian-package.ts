import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { run } from './mongodb-server/run.ts'

const downloadTimeoutMs = 120_000

/** How to run a program of Debian's. */
export interface DebianProgram {
  file: string
  /** Where libraries are that the machine does not have. */
  libraries: string | null
}

/**
 * The one that is installed, or one that is fetched.
 * @param file where its package has it
 * @throws {Error} that says why there is none
 */
export async function findDebianProgram (name: string, file: string): Promise<DebianProgram> {
  if (await exists(file)) return { file, libraries: null }
  const folder = await fetchDebianPackage(name)
  const libraries = path.join(folder, 'usr/lib')
  // Where the machine has all that it needs, the package comes alone.
  const brought = await exists(libraries) ? await readdir(libraries) : []
  return { file: path.join(folder, file), libraries: brought.length === 0 ? null : brought.map(each => path.join(libraries, each)).join(':') }
}

/**
 * A package of Debian's and what it needs, fetched once and only unpacked. apt verifies the packages, from where the machine's own apt is set up to
 * get them; nothing is installed, and root is not needed.
 * @returns the folder that stands for `/`. @throws {Error} that says why there is none
 */
export async function fetchDebianPackage (name: string): Promise<string> {
  if (process.platform !== 'linux' || !await exists('/usr/bin/apt-get')) throw new Error(`${name} can be fetched on Debian alone`)
  const folder = path.join(process.getuid!() === 0 ? '/var/cache' : path.join(homedir(), '.cache'), `imprun-test-${name}`, process.arch)
  if (!await exists(folder)) await fetchInto(folder, name)
  return folder
}

/** It appears by one rename: whole, or not at all. */
async function fetchInto (folder: string, name: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(folder), 'partial-'))
  try {
    const root = path.join(work, 'root')
    await unpack(work, root, name)
    await rename(root, folder).catch(async (error: unknown) => {
      // Another test was faster.
      if (!await exists(folder)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Beside what the machine has: its own list of installed packages holds, its lists and its cache are not touched. */
async function unpack (work: string, root: string, name: string): Promise<void> {
  for (const part of ['lists/partial', 'archives/partial', 'root']) await mkdir(path.join(work, part), { recursive: true })
  const options = [
    `Dir::State::Lists=${work}/lists`, `Dir::Cache=${work}`, `Dir::Cache::Archives=${work}/archives`, 'Debug::NoLocking=1', 'APT::Install-Recommends=0',
    'APT::Sandbox::User=', 'APT::Keep-Downloaded-Packages=1', 'APT::Update::Error-Mode=any', 'Acquire::Languages=none', 'Acquire::Retries=2'
  ].flatMap(option => ['-o', option])
  await run('apt-get', ['-q', ...options, 'update'], { timeoutMs: downloadTimeoutMs })
  await run('apt-get', ['-q', '-y', ...options, '--download-only', 'install', name], { timeoutMs: downloadTimeoutMs })
  const archives = (await readdir(path.join(work, 'archives'))).filter(file => file.endsWith('.deb'))
  for (const file of archives) await run('dpkg-deb', ['-x', path.join(work, 'archives', file), root])
}

export async function exists (file: string): Promise<boolean> {
  return await access(file).then(() => true, () => false)
}
