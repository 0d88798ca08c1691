import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { launchPlatform, type LaunchOptions, type Platform } from './launch.ts'

export type { Platform } from './launch.ts'

/**
 * A platform of the test's own, as processes, on free ports; it ends with the test. What it has written is shown where the test fails.
 */
export async function startPlatform (t: Test, options: Partial<LaunchOptions> = {}): Promise<Platform> {
  const platform = await launchPlatform({ ...options, dataDir: options.dataDir ?? temporaryDirectory(t) }).catch((error: unknown) => {
    // A reporter shows the first line of an error; the platform's output comes after it.
    t.comment(error instanceof Error ? error.message : error)
    throw error
  })
  t.teardown(async () => {
    await platform.close()
    if (!t.passing()) t.comment(platform.output())
  })
  return platform
}

/** Below the system's directory for such: paths of Unix sockets have 107 characters and no more. */
export function temporaryDirectory (t: Pick<Test, 'teardown'>): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  t.teardown(async () => await rm(directory, { recursive: true, force: true }))
  return directory
}
