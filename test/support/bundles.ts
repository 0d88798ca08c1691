import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundleCacheFiles, cachedBundles } from '../../data-plane/bundles/cache.ts'
import { installBundles, type InstalledBundles } from '../../data-plane/bundles/install.ts'
import { silent } from './replica.ts'

let installed: Promise<InstalledBundles> | undefined

/** What sandboxes and the egress are started with, for as long as this process lives. */
export async function testBundles (): Promise<InstalledBundles> {
  return await (installed ??= install())
}

async function install (): Promise<InstalledBundles> {
  const folder = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return installBundles(await cachedBundles(bundleCacheFiles(folder), silent), folder)
}
