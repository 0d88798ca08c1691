import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { temporaryDirectory } from './platform.ts'

/** A file system of its own, that gets full. */
export interface SmallDisk {
  directory: string
  /** To the last page. */
  fill: () => void
  free: () => void
}

/** Not every system lets everyone. */
export function canMount (): boolean {
  const directory = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { stdio: 'ignore' })
    execFileSync('umount', [directory])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(directory)
  }
}

/** Gone with the test, also where something has it open still. @throws where file systems cannot be mounted */
export function mountSmallDisk (t: Test, megabytes: number): SmallDisk {
  const directory = temporaryDirectory(t)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory])
  t.teardown(() => { execFileSync('umount', ['--lazy', directory]) })
  const filler = path.join(directory, 'filler')
  return {
    directory,
    fill: () => fill(filler),
    free: () => rmSync(filler)
  }
}

const pageBytes = 4096

function fill (file: string): void {
  for (;;) {
    try {
      writeFileSync(file, Buffer.alloc(pageBytes), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
      throw error
    }
  }
}
