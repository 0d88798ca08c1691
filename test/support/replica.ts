import path from 'node:path'
import { pino, type Logger } from 'pino'
import type { Test } from 'tap'
import { openReplicaReader } from '../../data-plane/replica/reader.ts'
import type { ReplicaChange, ReplicaReader } from '../../data-plane/replica/replica.ts'
import { openReplicaWriter, type ReplicaWriter, type ReplicaWriterOptions } from '../../data-plane/replica/writer.ts'
import type { FeedClient, FeedEnvironment, FeedItem } from '#shared/feed.ts'
import { temporaryDirectory } from './platform.ts'

/** A replica in a folder of its own, with its one writer and a reader; both are closed with the test. */
export interface TestReplica {
  file: string
  writer: ReplicaWriter
  reader: ReplicaReader
}

export function openTestReplica (t: Test, options: Partial<ReplicaWriterOptions> = {}): TestReplica {
  const file = options.file ?? path.join(temporaryDirectory(t), 'replica.sqlite')
  const only = openReplicaWriter({ environments: null, logger: silent, ...options, file })
  const reader = openReplicaReader(file)
  const writer = telling(only, reader)
  t.teardown(() => {
    reader.close()
    writer.close()
  })
  return { file, writer, reader }
}

/** As a supervisor does it: the reader looks again where everything has changed. */
function telling (writer: ReplicaWriter, reader: ReplicaReader): ReplicaWriter {
  const tell = <Change extends ReplicaChange | null>(change: Change): Change => {
    if (change?.all === true) reader.refresh()
    return change
  }
  return {
    ...writer,
    begin: message => {
      const batch = writer.begin(message)
      return { ...batch, commit: message => tell(batch.commit(message)) }
    },
    recover: generation => tell(writer.recover(generation))
  }
}

/** One whole batch: a snapshot where nothing is held yet, and after that what has changed. */
export function applyBatch (writer: ReplicaWriter, revision: number, items: FeedItem[], begin: { store?: string, snapshot?: boolean } = {}): ReplicaChange {
  const batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: writer.position().store === null, ...begin })
  for (const item of items) batch.apply(item)
  return batch.commit({ type: 'commit', revision })
}

export const silent: Logger = pino({ level: 'silent' })

/** A logger whose lines can be read back. */
export function recordingLogger (level = 'debug'): { logger: Logger, lines: () => Array<Record<string, unknown>> } {
  const lines: string[] = []
  return { logger: pino({ level }, { write: (line: string) => { lines.push(line) } }), lines: () => lines.map(line => JSON.parse(line)) }
}

/** 64 hexadecimal characters that begin with these. */
export function keyHash (start: string): string {
  return start.padEnd(64, '0')
}

export function gatewayItem (gatewayId: string): FeedItem {
  return { type: 'gateway', gatewayId, value: { name: `The ${gatewayId}`, defaultEnvironment: 'prod', plugins: {} } }
}

/** @param versionIds the versions that its release names; none: nothing has been released */
export function environmentItem (gatewayId: string, environment: string, versionIds: string[] = [], more: Partial<FeedEnvironment> = {}): FeedItem {
  const routes = versionIds.map(versionId =>
    ({ functionName: `fn-${versionId}`, versionId, methods: ['GET' as const], path: `/${versionId}`, timeoutMs: 1000 }))
  const release = routes.length === 0 ? null : { number: 1, routes }
  return { type: 'environment', gatewayId, environment, value: { plugins: {}, variables: {}, secrets: {}, release, canary: null, previews: [], ...more } }
}

export function versionItem (gatewayId: string, versionId: string, bundle = `/* ${versionId} */`): FeedItem {
  return { type: 'function-version', gatewayId, versionId, value: { functionName: `fn-${versionId}`, bundle, sourceMap: '{}' } }
}

/** A client with a key for each of the hashes. */
export function clientItem (gatewayId: string, environment: string, clientId: string, hashes: string[], more: Partial<FeedClient> = {}): FeedItem {
  const keys = hashes.map((hash, index) => ({ apiKeyId: `key${index}`, keyHash: hash, expiresAt: null }))
  return { type: 'client', gatewayId, environment, clientId, value: { name: clientId, enabled: true, expiresAt: null, keys, ...more } }
}
