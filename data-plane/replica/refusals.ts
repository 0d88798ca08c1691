import type { DatabaseSync } from 'node:sqlite'
import { isFunctionRoute, servedReleases, type FeedEnvironment, type FeedItem } from '#shared/feed.ts'
import { maxReasonLength, maxRefusals, type Refusal } from '#shared/refusals.ts'
import type { ItemWriter } from './batch.ts'
import { FeedRefused } from './errors.ts'
import type { HeldItems } from './items.ts'

/** Where something stands that the feed has sent. */
export interface ItemPlace {
  kind: FeedItem['type']
  gatewayId: string
  /** Empty: of none. */
  environment: string
  /** Of a client or a version; otherwise empty. */
  id: string
}

/** What cannot be taken, one by one: its place keeps what it held before, and everything else goes on. */
export interface Refusals {
  /** What a release of the environment names and nothing can be done about; `null`: nothing. @throws {FeedRefused} where asking for everything may help */
  incompleteness: (item: FeedItem) => string | null
  /** Within the open transaction. What is held at this place stays; where nothing is, it is marked as not usable. */
  refuse: (place: ItemPlace, reason: string) => void
  /** What is at this place has been taken, or is gone with all that was below it. */
  accept: (place: ItemPlace, isGone: boolean) => void
  /**
   * After a commit that foreign keys forbade: what something hangs below is marked as not usable, where asking for it again would not help.
   * @throws {FeedRefused} where it may help
   */
  settle: () => void
  /** To be called before the commit. */
  seal: (revision: number) => void
}

export interface RefusalsOptions {
  db: DatabaseSync
  items: ItemWriter
  /** For a snapshot, which begins with nothing: what is served until it replaces that. `null`: the transaction is on what is served. */
  before: HeldItems | null
  /** Everything was asked for: what is lacking now will not come. */
  isSnapshot: boolean
}

export function placeOf (item: FeedItem): ItemPlace {
  const { type: kind, gatewayId } = item
  switch (item.type) {
    case 'gateway': return { kind, gatewayId, environment: '', id: '' }
    case 'environment': return { kind, gatewayId, environment: item.environment, id: '' }
    case 'client': return { kind, gatewayId, environment: item.environment, id: item.clientId }
    case 'function-version': return { kind, gatewayId, environment: '', id: item.versionId }
  }
}

/** Of a batch that has not been committed yet: no revision is negative. */
const unsealed = -1

export function createRefusals ({ db, items, before, isSnapshot }: RefusalsOptions): Refusals {
  const sql = prepare(db)
  const isKnown = ({ gatewayId, environment, kind, id }: ItemPlace): boolean => sql.find.get(gatewayId, environment, kind, id) !== undefined
  let any = sql.any.get() !== undefined

  const note = ({ gatewayId, environment, kind, id }: ItemPlace, reason: string): void => {
    any = true
    sql.put.run(kind, gatewayId, environment, id, unsealed, reason.slice(0, maxReasonLength))
  }
  /** What was served before, with the code that it names. */
  const writeBefore = (item: FeedItem): void => {
    if (item.type === 'environment' && item.value !== null) {
      for (const versionId of versionsOf(item.value)) {
        const version = before!.version(item.gatewayId, versionId)
        if (version !== null) items.write(version)
      }
    }
    items.write(item)
  }
  const keep = ({ kind, gatewayId, environment, id }: ItemPlace): void => {
    const held = before === null ? null : heldAt(before, kind, gatewayId, environment, id)
    if (held !== null) return writeBefore(held)
    if (kind === 'gateway' && sql.hasGateway.get(gatewayId) === undefined) items.writeUnusable(gatewayId, null)
    if (kind === 'environment' && sql.hasEnvironment.get(gatewayId, environment) === undefined) items.writeUnusable(gatewayId, environment)
  }
  const refuse = (place: ItemPlace, reason: string): void => {
    keep(place)
    note(place, reason)
  }
  const refuseHomeless = (rows: Iterable<Record<string, unknown>>, kind: 'gateway' | 'environment'): void => {
    for (const { gatewayId, environment } of rows as Iterable<{ gatewayId: string, environment: string }>) {
      if (!isSnapshot) throw new FeedRefused(`something hangs below the ${kind} ${gatewayId} ${environment}, which was never sent`, { needsSnapshot: true })
      refuse({ kind, gatewayId, environment, id: '' }, 'it was never sent, and something that belongs to it was')
    }
  }
  const incompleteness: Refusals['incompleteness'] = item => {
    if (item.type !== 'environment' || item.value === null) return null
    const { gatewayId, environment, value } = item
    const lacking = versionsOf(value).find(versionId => sql.hasVersion.get(gatewayId, versionId) === undefined)
    if (lacking === undefined) return null
    const isHopeless = isSnapshot || isKnown(placeOf(item)) || isKnown({ kind: 'function-version', gatewayId, environment: '', id: lacking })
    if (!isHopeless) throw new FeedRefused(`a release of ${gatewayId}-${environment} names the version ${lacking}, which was never sent`, { needsSnapshot: true })
    return `its release names the version ${lacking}, which was refused or never sent`
  }
  return {
    incompleteness,
    refuse,
    accept: (place, isGone) => {
      if (!any) return
      const { kind, gatewayId, environment, id } = place
      // Whichever version it was: nothing that is served names it any more, or what does is refused itself.
      if (kind === 'environment') sql.removeVersions.run(gatewayId)
      if (!isGone || kind === 'client') sql.remove.run(gatewayId, environment, kind, id)
      else if (kind === 'gateway') sql.removeGateway.run(gatewayId)
      else sql.removeEnvironment.run(gatewayId, environment)
    },
    settle: () => {
      refuseHomeless(sql.withoutEnvironment.all(), 'environment')
      refuseHomeless(sql.withoutGateway.all(), 'gateway')
    },
    seal: revision => { if (any) sql.seal.run(revision, unsealed) }
  }
}

function versionsOf (environment: FeedEnvironment): string[] {
  return servedReleases(environment).flatMap(({ routes }) => routes.filter(isFunctionRoute).map(({ versionId }) => versionId))
}

/** The first ones, by place. */
export function readRefusals (db: DatabaseSync): Refusal[] {
  const rows = db.prepare('SELECT kind, gatewayId, environment, id, revision, reason FROM refusals LIMIT ?').all(maxRefusals)
  return rows.map(({ kind, gatewayId, environment, id, revision, reason }) => ({
    kind: kind as Refusal['kind'],
    gatewayId: String(gatewayId),
    environment: environment === '' ? null : String(environment),
    id: id === '' ? null : String(id),
    revision: Number(revision),
    reason: String(reason)
  }))
}

function heldAt (held: HeldItems, kind: ItemPlace['kind'], gatewayId: string, environment: string, id: string): FeedItem | null {
  switch (kind) {
    case 'gateway': return held.gateway(gatewayId)
    case 'environment': return held.environment(gatewayId, environment)
    case 'client': return held.client(gatewayId, environment, id)
    case 'function-version': return held.version(gatewayId, id)
  }
}

const prepare = (db: DatabaseSync) => ({
  any: db.prepare('SELECT 1 FROM refusals'),
  find: db.prepare('SELECT 1 FROM refusals WHERE gatewayId = ? AND environment = ? AND kind = ? AND id = ?'),
  put: db.prepare(`INSERT INTO refusals (kind, gatewayId, environment, id, revision, reason) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET revision = excluded.revision, reason = excluded.reason`),
  remove: db.prepare('DELETE FROM refusals WHERE gatewayId = ? AND environment = ? AND kind = ? AND id = ?'),
  removeGateway: db.prepare('DELETE FROM refusals WHERE gatewayId = ?'),
  removeEnvironment: db.prepare('DELETE FROM refusals WHERE gatewayId = ? AND environment = ?'),
  seal: db.prepare('UPDATE refusals SET revision = ? WHERE revision = ?'),
  hasGateway: db.prepare('SELECT 1 FROM gateways WHERE id = ?'),
  hasEnvironment: db.prepare('SELECT 1 FROM environments WHERE gatewayId = ? AND name = ?'),
  removeVersions: db.prepare('DELETE FROM refusals WHERE gatewayId = ? AND environment = \'\' AND kind = \'function-version\''),
  hasVersion: db.prepare('SELECT 1 FROM functionVersions WHERE gatewayId = ? AND versionId = ?'),
  // What hangs below something that is not there. Looked for only where a commit was forbidden.
  withoutEnvironment: db.prepare(`SELECT DISTINCT gatewayId, environment FROM clients
    WHERE NOT EXISTS (SELECT 1 FROM environments WHERE environments.gatewayId = clients.gatewayId AND name = environment)`),
  withoutGateway: db.prepare(`SELECT gatewayId, '' AS environment FROM environments WHERE gatewayId NOT IN (SELECT id FROM gateways)
    UNION SELECT gatewayId, '' FROM functionVersions WHERE gatewayId NOT IN (SELECT id FROM gateways)`)
})
