import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '#shared/clock.ts'
import { openSqliteArchive } from '../sqlite/archive.ts'
import { StoreError } from '../store.ts'
import type { StoreArchive } from './archive.ts'
import { copyStore, CopyRefused } from './copy.ts'

const usage = `npm run store:copy -- --from <store> --to <store>

A store is a data directory, such as .imprun, or the file in it, .imprun/store.sqlite, or a connection string that begins with mongodb:// or
mongodb+srv://.
No control plane may run on either. Run it again to finish a copy that was interrupted.
`

class UsageError extends Error {}

try {
  await run()
} catch (error) {
  if (!(error instanceof StoreError || error instanceof CopyRefused || error instanceof UsageError)) throw error
  process.stderr.write(`store:copy: ${error.message}\n`)
  process.exitCode = 1
}

async function run (): Promise<void> {
  const { from, to } = readArguments()
  const source = await open(from)
  try {
    const target = await open(to)
    try {
      await copy(source, target)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function copy (from: StoreArchive, to: StoreArchive): Promise<void> {
  let last = ''
  const { identity, checksums } = await copyStore({
    from,
    to,
    onProgress: (kind, records) => {
      if (kind !== last || records % 10_000 < 500) process.stderr.write(`${kind}: ${records}\n`)
      last = kind
    }
  })
  for (const { kind, count, sum } of checksums) process.stdout.write(`${kind.padEnd(18)}${String(count).padStart(10)}  ${sum}\n`)
  process.stdout.write(`${to.name} holds all of store ${identity.id} at revision ${identity.revision}.\n`)
}

function readArguments (): { from: string, to: string } {
  const { values: { from, to, help } } = parse()
  if (help === true || from === undefined || to === undefined) throw new UsageError(`both stores have to be named\n\n${usage}`)
  const [source, target] = [locate(from), locate(to)]
  if (source === target) throw new UsageError('a store cannot be copied to itself')
  if (!isMongo(source) && !existsSync(source)) throw new UsageError(`there is no file ${source}`)
  return { from: source, to: target }
}

/** Whoever names a data directory means the store in it, and not a file in its place. */
function locate (store: string): string {
  if (isMongo(store)) return store
  return path.resolve(store.endsWith('.sqlite') ? store : path.join(store, 'store.sqlite'))
}

function parse () {
  try {
    return parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' }, help: { type: 'boolean' } } })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`)
  }
}

async function open (store: string): Promise<StoreArchive> {
  if (!isMongo(store)) {
    mkdirSync(path.dirname(store), { recursive: true, mode: 0o700 })
    return await openSqliteArchive(store, systemClock)
  }
  const { openMongoArchive } = await import('../mongodb/archive.ts')
  return await openMongoArchive(store, systemClock)
}

function isMongo (store: string): boolean {
  return /^mongodb(\+srv)?:\/\//.test(store)
}
