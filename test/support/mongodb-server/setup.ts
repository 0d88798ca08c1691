import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { unpackServer } from './packages.ts'
import { run } from './run.ts'
import { liveRuns } from './runs.ts'
import { makeTemplate } from './template.ts'

/** Only root can enter a chroot, and only root writes here: nobody can put anything in our way beforehand. */
const CACHE = '/var/cache/imprun-test-mongodb'
/** What the folder's content depends on. */
const RECIPE = ['packages.ts', 'template.ts', 'done.ts']
const LOCK_TIMEOUT_S = 300
const UNUSED_MS = 7 * 24 * 60 * 60 * 1_000

/**
 * The folder with the server's files, made the first time (20 to 30 s, 55 MB of packages), then found. It has the name of the recipe that
 * made it and appears by one rename, so it is whole and up to date or absent. Several processes may ask at once.
 * @throws {Error} that says what is missing, where it cannot be made
 */
export async function serverFolder (): Promise<string> {
  await assertPossible()
  const folder = await folderName()
  if (await exists(folder)) return folder
  await mkdir(CACHE, { recursive: true, mode: 0o755 })
  const unlock = await lock()
  try {
    if (!await exists(folder)) await make(folder)
  } finally {
    unlock()
  }
  return folder
}

/** Whether nothing has to be made first. */
export async function isSetUp (): Promise<boolean> {
  return await exists(await folderName())
}

async function make (folder: string): Promise<void> {
  await removeOthers()
  const partial = await mkdtemp(path.join(CACHE, 'partial-'))
  await run('chmod', ['755', partial])
  try {
    await unpackServer(partial)
    await makeTemplate(partial)
    await rename(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw new Error('The MongoDB-compatible test server cannot be set up on this machine (it needs Debian, root and Debian\'s mirror)', { cause: error })
  }
}

async function assertPossible (): Promise<void> {
  if (process.platform !== 'linux' || !await exists('/usr/bin/apt-get') || !await exists('/usr/bin/dpkg-deb')) {
    throw new Error('The MongoDB-compatible test server can only be set up on Debian: apt-get and dpkg-deb are needed')
  }
  if (process.getuid!() !== 0) throw new Error('The MongoDB-compatible test server can only be set up and run by root: it lives in a chroot')
}

/** The kernel gives the lock back when its holder dies: the child ends with its standard input. @returns what unlocks */
async function lock (): Promise<() => void> {
  const child = spawn('flock', ['-x', '-w', String(LOCK_TIMEOUT_S), path.join(CACHE, 'lock'), 'sh', '-c', 'echo locked; exec cat >/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]) as unknown[]
  if (!Buffer.isBuffer(first)) throw new Error(`Another process has been setting up the test server for ${LOCK_TIMEOUT_S} s`)
  return () => { child.stdin.end() }
}

/** What nobody finished, and what another recipe made and nobody has used for a while. Called under the lock. */
async function removeOthers (): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const folder = path.join(CACHE, name)
    const unused = name.startsWith('partial-') || (name !== 'lock' && await lastUse(folder) < Date.now() - UNUSED_MS)
    if (unused && (await liveRuns(folder)).length === 0) await rm(folder, { recursive: true, force: true })
  }
}

/** Each run makes a folder in it. */
async function lastUse (folder: string): Promise<number> {
  return await stat(path.join(folder, 'runs')).then(({ mtimeMs }) => mtimeMs, () => 0)
}

async function folderName (): Promise<string> {
  const recipe = await Promise.all(RECIPE.map(name => readFile(path.join(import.meta.dirname, name), 'utf8')))
  return path.join(CACHE, `${process.arch}-${hash('sha256', recipe.join('\0')).slice(0, 12)}`)
}

async function exists (file: string): Promise<boolean> {
  return await access(file).then(() => true, () => false)
}
