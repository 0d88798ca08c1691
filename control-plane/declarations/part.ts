import type { ReleaseRoute } from '#shared/feed.ts'
import type { StoreWrite } from '../store/store.ts'
import type { EnvironmentDocument, GatewayDocument, Step } from './schema.ts'
import type { WantedFunction } from './sources.ts'
import type { EnvironmentState, GatewayState } from './state.ts'

/** What is decided of some part: what becomes of each thing, and the writes that make it so. */
export interface Part { steps: Step[], writes: StoreWrite[] }

export interface Subject {
  gatewayId: string
  document: GatewayDocument
  /** `null`: the gateway is to be made. */
  state: GatewayState | null
  functions: readonly WantedFunction[]
  /** How releases serve the versions that the document names, by id; one that is not in it is nowhere. */
  versions: ReadonlyMap<string, ReleaseRoute>
  prune: boolean
  now: string
  keyPepper: string | null
}

/** One environment as it is to be; `before` `null`: it is made now, `wanted` `null`: the document does not speak of it. */
export interface EnvironmentSubject extends Subject {
  environment: string
  wanted: EnvironmentDocument | null
  before: EnvironmentState | null
  /** Of `wanted`, in the document. */
  pointer: string
}

export function joined (parts: readonly Part[]): Part {
  return { steps: parts.flatMap(({ steps }) => steps), writes: parts.flatMap(({ writes }) => writes) }
}

/** What the gateway has and the document does not: `kept`, or `removed` where that was asked for. */
export function leftOver ({ prune }: Subject, thing: Omit<Step, 'action'>, write: StoreWrite): Part {
  return prune ? { steps: [{ action: 'removed', ...thing }], writes: [write] } : { steps: [{ action: 'kept', ...thing }], writes: [] }
}
