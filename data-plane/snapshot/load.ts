import { systemClock, type Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import { createBatchReader } from '../feed/batch-reader.ts'
import { parseFeedMessage } from '../feed/parse.ts'
import { scopeText, type Scope } from '../replica/scope.ts'
import type { ReplicaWriter } from '../replica/writer.ts'
import { openSnapshot, SnapshotRefused, type SnapshotHeader } from './file.ts'

export interface LoadOptions {
  file: string
  /** Any of which may have signed it. */
  secretKeys: () => readonly string[]
  environments: Scope
  writer: ReplicaWriter
  logger: Logger
  clock?: Clock
}

/**
 * For a data plane that has nothing yet: it begins with what the file says, and follows the feed from there. One that has something
 * knows better than any file.
 * @throws {SnapshotRefused} with nothing of it taken
 */
export async function loadSnapshot ({ file, secretKeys, environments, writer, logger, clock = systemClock }: LoadOptions): Promise<void> {
  const held = writer.position()
  if (held.revision !== 0) return logger.info({ file, revision: held.revision }, 'the snapshot is not needed: there is a replica')
  const snapshot = await openSnapshot(file, secretKeys())
  try {
    refuseUnfit(snapshot.header, environments, clock)
    let revision: number | null = null
    const reader = createBatchReader({
      writer, environments, logger, onInvoke: refuseStranger, onProgress: () => {}, onChange: change => { revision = change.revision }
    })
    try {
      for await (const line of snapshot.lines()) await reader.read(parseFeedMessage(line))
    } finally {
      reader.end()
    }
    if (revision === null) throw new SnapshotRefused('it has no end')
    logger.info({ file, revision, createdAt: snapshot.header.createdAt }, 'started from a snapshot')
  } finally {
    await snapshot.close()
  }
}

function refuseUnfit ({ environments, expiresAt }: SnapshotHeader, wanted: Scope, clock: Clock): void {
  if (scopeText(environments) !== scopeText(wanted)) {
    throw new SnapshotRefused(`it is of ${describe(environments)}, and IMPRUN_SERVE_ENVIRONMENTS says ${describe(wanted)}`)
  }
  if (expiresAt !== null && !(Date.parse(expiresAt) > clock.now())) throw new SnapshotRefused(`it has expired at ${expiresAt}`)
}

function describe (environments: Scope): string {
  return environments === null ? 'all environments' : environments.join(', ')
}

function refuseStranger (): never {
  throw new SnapshotRefused('it asks for something to be run')
}
