import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { run } from '../mongodb-server/run.ts'

/** How to run Redis. */
export interface RedisProgram {
  file: string
  /** Where libraries are that the machine does not have. */
  libraries: string | null
}

const installed = '/usr/bin/redis-server'
const downloadTimeoutMs = 120_000

/**
 * Debian's `redis-server`: the one that is installed, or one that is fetched once and only unpacked. apt verifies the packages, from where the
 * machine's own apt is set up to get them; nothing is installed, and root is not needed.
 * @throws {Error} that says why there is none
 */
export async function findRedis (): Promise<RedisProgram> {
  if (await exists(installed)) return { file: installed, libraries: null }
  if (process.platform !== 'linux' || !await exists('/usr/bin/apt-get')) throw new Error('redis-server is not installed, and can be fetched on Debian alone')
  const folder = path.join(process.getuid!() === 0 ? '/var/cache' : path.join(homedir(), '.cache'), 'imprun-test-redis', process.arch)
  if (!await exists(folder)) await fetchInto(folder)
  return { file: path.join(folder, 'usr/bin/redis-server'), libraries: await libraryPath(folder) }
}

/** It appears by one rename: whole, or not at all. */
async function fetchInto (folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(folder), 'partial-'))
  try {
    const root = path.join(work, 'root')
    await unpack(work, root)
    await rename(root, folder).catch(async (error: unknown) => {
      // Another test was faster.
      if (!await exists(folder)) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Beside what the machine has: its own list of installed packages holds, its lists and its cache are not touched. */
async function unpack (work: string, root: string): Promise<void> {
  for (const name of ['lists/partial', 'archives/partial', 'root']) await mkdir(path.join(work, name), { recursive: true })
  const options = [
    `Dir::State::Lists=${work}/lists`, `Dir::Cache=${work}`, `Dir::Cache::Archives=${work}/archives`, 'Debug::NoLocking=1', 'APT::Install-Recommends=0',
    'APT::Sandbox::User=', 'APT::Keep-Downloaded-Packages=1', 'APT::Update::Error-Mode=any', 'Acquire::Languages=none', 'Acquire::Retries=2'
  ].flatMap(option => ['-o', option])
  await run('apt-get', ['-q', ...options, 'update'], { timeoutMs: downloadTimeoutMs })
  await run('apt-get', ['-q', '-y', ...options, '--download-only', 'install', 'redis-server'], { timeoutMs: downloadTimeoutMs })
  const archives = (await readdir(path.join(work, 'archives'))).filter(name => name.endsWith('.deb'))
  for (const name of archives) await run('dpkg-deb', ['-x', path.join(work, 'archives', name), root])
}

async function libraryPath (folder: string): Promise<string> {
  const names = await readdir(path.join(folder, 'usr/lib'))
  return names.map(name => path.join(folder, 'usr/lib', name)).join(':')
}

async function exists (file: string): Promise<boolean> {
  return await access(file).then(() => true, () => false)
}
