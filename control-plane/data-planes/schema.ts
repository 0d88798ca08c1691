import { Type, type Static } from 'typebox'
import { dataPlaneTroubles, disconnectedAfterMs, nodeIdPattern } from '#shared/data-planes.ts'
import { environmentNamePattern } from '#shared/names.ts'
import { timestamp } from '../schemas.ts'
import type { DataPlane } from '../store/records.ts'

const nullable = <Schema extends Type.TSchema> (schema: Schema, description: string) => Type.Union([schema, Type.Null()], { description })

const trouble = Type.Enum([...dataPlaneTroubles])

export const dataPlane = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'Of its machine.' }),
  version: Type.String(),
  connected: Type.Boolean({ description: `Whether it follows this installation now, or says why it cannot, and was heard of in the last ${disconnectedAfterMs / 1_000} s.` }),
  environments: nullable(Type.Array(Type.String()), 'The ones that it is sent; `null`: all.'),
  workers: Type.Integer({ description: 'Edge workers.' }),
  revision: Type.Integer({ description: 'Revision of the store that all its workers serve; 0: none.' }),
  lag: Type.Object({
    revisions: Type.Integer(),
    ms: Type.Number({ description: 'Since the first change that it does not serve was made, as far as changes are kept.' })
  }, { description: 'How far it is behind.' }),
  configAgeMs: nullable(Type.Number(), 'Since it last knew that it lacked nothing; `null`: it never has.'),
  trouble: nullable(trouble, 'What keeps it from taking changes; it serves what it has. `replica_unwritable`: its disk is full, or cannot be written otherwise.'),
  lastSeenAt: timestamp,
  tokenId: nullable(Type.String(), 'Of the token that it uses; `null`: the installation\'s own.')
}, { title: 'DataPlane', description: 'A data plane, as it last told of itself.' })

export const nodeParams = Type.Object({ nodeId: Type.String({ pattern: nodeIdPattern }) }, { additionalProperties: false })

const line = Type.String({ pattern: '^[\\x20-\\x7e]{1,255}$' })
const revision = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** What a data plane sends: `shared/data-planes.ts`. */
export const dataPlaneReport = Type.Object({
  name: line,
  version: line,
  environments: Type.Union([Type.Array(Type.String({ pattern: environmentNamePattern }), { maxItems: 200 }), Type.Null()]),
  workers: Type.Integer({ minimum: 0, maximum: 10_000 }),
  store: Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Null()]),
  revision,
  heardMsAgo: Type.Union([revision, Type.Null()]),
  trouble: Type.Optional(trouble)
}, { additionalProperties: false })

/** @param lag of a data plane that is where `revision` says */
export function representDataPlane (node: DataPlane, { isConnected, lag, now }: { isConnected: boolean, lag: Lag, now: number }): Static<typeof dataPlane> {
  const { id, name, version, environments, workers, revision, seenAt, heardAt, tokenId, trouble = null } = node
  const configAgeMs = heardAt === null ? null : Math.max(0, now - Date.parse(heardAt))
  return { id, name, version, connected: isConnected, environments, workers, revision, lag, configAgeMs, trouble, lastSeenAt: seenAt, tokenId }
}

export type Lag = Static<typeof dataPlane>['lag']
