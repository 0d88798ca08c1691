import { DatabaseSync } from 'node:sqlite'
import { ConfigError, type Config } from '#shared/config.ts'
import type { FeedMessage } from '#shared/feed.ts'
import { readControlCa } from '../control-plane-trust.ts'
import { createFeedAgent, openFeed } from '../feed/connection.ts'
import { heldItems } from '../replica/items.ts'
import { readMeta } from '../replica/meta.ts'
import { replicaFile } from '../replica/schema.ts'
import type { Scope } from '../replica/scope.ts'
import { dataPlaneToken } from '../token.ts'

/** What a snapshot is made of. */
export interface SnapshotSource {
  environments: Scope
  /** From `begin` to `commit`. */
  lines: AsyncIterable<string> | Iterable<string>
}

const silenceMs = 30_000

/** What the control plane says now to a data plane that has nothing. */
export function fromControlPlane (config: Config): SnapshotSource {
  const { controlUrl, serveEnvironments: environments } = config
  const read = async function * (): AsyncGenerator<string, void, undefined> {
    const agent = createFeedAgent(silenceMs, readControlCa(config))
    let isBegun = false
    try {
      const source = { controlUrl, environments, silenceMs, token: () => dataPlaneToken(config) }
      for await (const line of openFeed(agent, source, { store: null, revision: 0 }, new AbortController().signal)) {
        const { type } = JSON.parse(line) as FeedMessage
        if (type === 'heartbeat') {
          // Within the batch, it says that the rest is on its way.
          if (isBegun) continue
          // Of a control plane whose store is empty there is nothing else to be heard.
          throw new ConfigError('the control plane has nothing yet')
        }
        isBegun = true
        yield line
        if (type === 'commit') return
      }
    } finally {
      await agent.destroy()
    }
    throw new Error('the control plane ended the feed before its end')
  }
  return { environments, lines: read() }
}

/** What the replica in the data directory holds; a data plane may be running on it. @throws {ReplicaDamaged} while it is read */
export function fromReplica ({ dataDir }: Pick<Config, 'dataDir'>): SnapshotSource {
  const db = new DatabaseSync(replicaFile(dataDir), { readOnly: true, timeout: 5_000 })
  const { store, scope } = readMeta(db)
  if (store === null) throw new ConfigError(`the replica in ${dataDir} is not complete`)
  const read = function * (): Generator<string, void, undefined> {
    const line = (message: FeedMessage): string => JSON.stringify(message)
    // One state of it, whatever is written meanwhile.
    db.exec('BEGIN')
    try {
      yield line({ type: 'begin', store, snapshot: true })
      for (const item of heldItems(db).all()) yield line(item)
      yield line({ type: 'commit', revision: readMeta(db).revision })
    } finally {
      db.close()
    }
  }
  return { environments: scope === null ? null : JSON.parse(scope), lines: read() }
}
