import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { besideReplica, replicaFile } from '../../data-plane/replica/schema.ts'
import { forkPlatform } from '../support/launch.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { until } from '../support/until.ts'
import type { Fault } from './fault.ts'

const manyLooks = 6_000
const pageBytes = 4_096

/** Behind SQLite's back, in the file that is in use. */
const damages: Record<string, (file: string) => void> = {
  'bits flipped': file => overwrite(file, (byte, index) => index % 97 === 0 ? byte ^ 0b1000 : byte),
  'pages zeroed': file => overwrite(file, () => 0),
  'cut in half': file => truncateSync(file, statSync(file).size >> 1),
  'another kind of file': file => writeFileSync(file, 'this is not a database, and long enough to be none '.repeat(1_000)),
  'another version': file => {
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 4711')
    db.close()
  }
}

/** All but the first page, without which it is another kind of file. */
function overwrite (file: string, change: (byte: number, index: number) => number): void {
  const bytes = readFileSync(file)
  const fd = openSync(file, 'r+')
  writeSync(fd, bytes.subarray(pageBytes).map(change), 0, bytes.length - pageBytes, pageBytes)
  closeSync(fd)
}

function corrupted (name: string, damage: (file: string) => void): Fault {
  return {
    name: `replica corrupted: ${name}`,
    happen: async ({ control, data, load, seeChange }, recovering) => {
      const file = replicaFile(data.dataDir)
      // What was served is kept beside it from then on, so that nobody else is needed.
      await until('the generation before is kept', () => existsSync(besideReplica(file, 'previous')), isSo => isSo, manyLooks)
      await control.kill()
      damage(file)
      await load.progress(200)
      const reload = forkPlatform({ dataDir: data.dataDir, args: ['data-plane:reload'] })
      const { code } = await reload.exited
      if (code !== 0) throw new Error(`no process can be started any more: ${reload.output()}`)
      await load.progress(400)
      recovering()
      await control.start()
      await seeChange()
    }
  }
}

const diskBytes = 48 * 1024 * 1024

const diskFull: Fault = {
  name: 'disk full',
  missing: async () => process.getuid?.() === 0 ? null : 'only root can mount a small file system',
  prepare: async teardown => {
    const dataDir = temporaryDirectory({ teardown })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', dataDir])
    teardown(() => execFileSync('umount', [dataDir]))
    return { dataDir }
  },
  happen: async ({ admin, data, load, seeChange }, recovering) => {
    const filler = path.join(data.dataDir, 'filler')
    fill(filler)
    // More than can be left.
    for (let index = 0; index < 40; index++) {
      const { status } = await admin('PUT', `/api-gateways/shop/environments/dev/variables/LARGE${index % 20}`, { value: String(index).repeat(4_000).slice(0, 8_000) })
      if (status >= 300) throw new Error(`the admin API answered ${status}`)
    }
    await load.progress(400)
    recovering()
    rmSync(filler)
    await seeChange()
  }
}

function fill (file: string): void {
  const fd = openSync(file, 'w')
  try {
    for (let size = 1_048_576; size >= pageBytes;) {
      try {
        writeSync(fd, Buffer.alloc(size))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
        size >>= 1
      }
    }
  } finally {
    closeSync(fd)
  }
}

export const replicaFaults: Fault[] = [...Object.entries(damages).map(([name, damage]) => corrupted(name, damage)), diskFull]
