import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import { openSqliteArchive } from '../../control-plane/store/sqlite/archive.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { StorePlace } from '../copy/copying.ts'

export async function sqlitePlace (t: Test): Promise<StorePlace & { file: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imprun-copy-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'store.sqlite')
  return {
    file,
    openStore: async () => await openSqliteStore({ file, clock: systemClock }),
    openArchive: async () => await openSqliteArchive(file, systemClock)
  }
}
