import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Started } from '../engine/started.ts'

const run = promisify(execFile)
const ownRoot = path.join(import.meta.dirname, '..', '..')

export interface Checkout {
  root: string
  /** Of its commit. */
  id: string
}

/** The commit that a branch, a tag or a beginning stands for; `null`: there is none. */
export async function resolveCommit (ref: string, repository = ownRoot): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], { cwd: repository })
    return stdout.trim()
  } catch (error) {
    // git-rev-parse(1): `--quiet` makes it say nothing, and end with 1.
    if (error instanceof Error && 'code' in error && error.code === 1) return null
    throw error
  }
}

/** Another commit in a folder of its own, with the packages that it wants; goes with `started`. */
export async function checkOut (id: string, started: Started, repository = ownRoot): Promise<Checkout> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imprun-bench-compare-'))
  const root = path.join(folder, 'checkout')
  started.add(async () => {
    await rm(folder, { recursive: true, force: true })
    await run('git', ['worktree', 'prune'], { cwd: repository })
  })
  await run('git', ['worktree', 'add', '--quiet', '--detach', root, id], { cwd: repository })
  if (await isSame(root, repository)) await symlink(path.join(repository, 'node_modules'), path.join(root, 'node_modules'))
  else await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root })
  return { root, id }
}

async function isSame (root: string, repository: string): Promise<boolean> {
  const [ours, theirs] = await Promise.all([repository, root].map(async folder => await readFile(path.join(folder, 'package-lock.json'), 'utf8')))
  return ours === theirs
}
