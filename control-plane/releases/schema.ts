import { Type, type Static, type TSchema } from 'typebox'
import type { ReleaseRoute } from '#shared/feed.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import { functionNamePattern } from '#shared/names.ts'
import { newCanary } from '../canaries/schema.ts'
import { expiresInSeconds } from '../previews/limits.ts'
import { placedPreview, placePreview } from '../previews/schema.ts'
import type { Release } from '../store/documents.ts'
import { kindFields } from '../functions/schema.ts'
import { recentDays } from '../usage/known.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import type { RouteChange } from './changes.ts'
import { upstreamSettings } from '../upstreams/schema.ts'
import type { Comparison } from './comparison.ts'
import type { MadeRelease, ReleasePlan } from './plan.ts'

const note = Type.Optional(Type.String({ maxLength: 500, default: '', description: 'Why, for whoever reads the history.' }))
const dryRun = Type.Optional(Type.Boolean({ default: false, description: 'Answers with what would change and what speaks against it, and changes nothing.' }))
const force = Type.Optional(Type.Boolean({ default: false, description: 'Overrules what the preflight refuses; the release says so.' }))
const functionName = Type.String({ pattern: functionNamePattern })

export const releaseRequest = Type.Object({
  from: Type.Optional(environmentName),
  functions: Type.Optional(Type.Union([
    Type.Array(functionName, { minItems: 1, maxItems: 1_000, uniqueItems: true, description: 'With `from`: these alone, as it serves them.' }),
    Type.Record(functionName, Type.Union([Type.String({ maxLength: 100 }), Type.Integer({ minimum: 1 })]), {
      minProperties: 1, maxProperties: 1_000, description: 'Without `from`: a version of each, by id or number.'
    })
  ])),
  canary: Type.Optional(newCanary),
  preview: Type.Optional(Type.Boolean({ default: false, description: 'Serves it on a host of its own, and nowhere else.' })),
  expiresInSeconds: Type.Optional(expiresInSeconds),
  note,
  dryRun,
  force
}, { title: 'NewRelease', additionalProperties: false })

export const rollbackRequest = Type.Object({
  release: Type.Optional(Type.Integer({ minimum: 1, description: 'Number of the release to serve again; left out, the one before.' })),
  note,
  dryRun,
  force
}, { title: 'Rollback', additionalProperties: false })

const route = Type.Object({
  functionName: Type.String(),
  versionId: Type.String(),
  methods: Type.Array(Type.String()),
  path: Type.String(),
  ...kindFields
})

const origin = Type.Object({
  kind: Type.Enum(['deployment', 'promotion', 'selection', 'import', 'rollback'], {
    description: '`deployment`: functions were saved or deleted. `promotion`: from another environment. `selection`: versions named one by one. `import`: a document. `rollback`: a release before.'
  }),
  environment: Type.Optional(environmentName),
  release: Type.Optional(Type.Integer({ description: 'Of `environment`; of a rollback, of this one.' }))
})

const orNoNumber = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })
const endsCanary = orNoNumber('Number of the canary that ends with it; `null`: none.')

const releaseFields = {
  number: Type.Integer({ description: '1, 2, 3 within the environment.' }),
  environment: environmentName,
  use: Type.Enum(['serve', 'canary', 'preview'], { description: 'What it was made for. A canary that was finished is served since.' }),
  basedOn: orNoNumber('Number of the release that was served when it was made.'),
  origin,
  note: Type.String(),
  author: Type.String(),
  forced: Type.Boolean({ description: 'Whether it was made although the preflight refused it.' }),
  routes: Type.Array(route),
  createdAt: timestamp
}
export const release = Type.Object(releaseFields, { title: 'Release', description: 'What an environment serves or has served: which version of which function answers where, or which upstream. It never changes.' })

const preview = Type.Union([placedPreview, Type.Null()], { description: 'Where it is found; `null`: it is no preview.' })
export const madeRelease = Type.Object({ ...releaseFields, endsCanary, preview }, { title: 'MadeRelease', description: 'The release, and what it has ended.' })

const orNone = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])

const routeChange = Type.Object({
  change: Type.Enum(['added', 'changed', 'removed']),
  functionName: Type.String(),
  before: orNone(route),
  after: orNone(route),
  fields: Type.Array(Type.String(), { description: 'What differs.' })
})
export const routeChanges = Type.Array(routeChange)

export const finding = Type.Object({
  severity: Type.Enum(['refusal', 'warning']),
  code: Type.String({ description: 'Stable: clients may branch on it.' }),
  message: Type.String(),
  functionName: Type.Optional(Type.String()),
  plugin: Type.Optional(Type.String()),
  seenAtRunTime: Type.Optional(Type.Boolean({ description: 'The function has read the variable, whatever can be seen in its code.' })),
  usage: Type.Optional(Type.Object({
    requests: Type.Integer(), lastUsedAt: timestamp, clients: Type.Array(Type.String(), { description: 'By name, some of them.' })
  }, { description: `Of the route, in the last ${recentDays} days.` }))
})

export const releasePlan = Type.Object({
  basedOn: orNoNumber('The release that is served now.'),
  origin,
  endsCanary,
  changes: routeChanges,
  findings: Type.Array(finding, { description: 'What the preflight found. A refusal has to be overruled by `force`.' })
}, { title: 'ReleasePlan', description: 'A release that could be made.' })

const side = Type.Object({ environment: environmentName, release: Type.Union([Type.Integer(), Type.Null()]) })
const names = Type.Object({ onlyInA: Type.Array(Type.String()), onlyInB: Type.Array(Type.String()), inBoth: Type.Array(Type.String()) })

export const environmentComparison = Type.Object({
  a: side,
  b: side,
  routes: routeChanges,
  sources: Type.Array(Type.Object({
    functionName: Type.String(),
    files: Type.Array(Type.Object({
      path: Type.String(),
      change: Type.Enum(['added', 'changed', 'removed']),
      patch: Type.Union([Type.String(), Type.Null()], { description: 'Unified diff; `null` where the texts have too little in common to be worth one.' })
    }))
  })),
  plugins: Type.Array(Type.Object({ name: Type.String(), a: Type.Unknown(), b: Type.Unknown() }), { description: 'Settings that differ, the gateway\'s included.' }),
  variables: names,
  upstreams: Type.Array(Type.Object({ name: Type.String(), a: orNone(upstreamSettings), b: orNone(upstreamSettings) }), { description: 'Those of either environment; `null`: it does not have it.' }),
  clients: names
}, { title: 'EnvironmentComparison', description: 'What environment `b` differs in from `a`. Variables, secrets and clients by name alone.' })

export const comparisonParams = params({ gatewayId, envName: environmentName, otherName: environmentName })
export const environmentParams = params({ gatewayId, envName: environmentName })
export const releaseParams = params({ gatewayId, envName: environmentName, number: Type.Integer({ minimum: 1 }) })

export type ReleaseRequest = Static<typeof releaseRequest>
export type RollbackRequest = Static<typeof rollbackRequest>

export function representRelease ({ number, environment, use, basedOn, origin, note, author, forced, routes, createdAt }: Release): Static<typeof release> {
  return { number, environment, use, basedOn, origin, note, author, forced, routes: routes.map(representRoute), createdAt }
}

export function representMade ({ release, endsCanary, expiresAt }: MadeRelease, baseDomain: string): Static<typeof madeRelease> {
  const { gatewayId, environment, number } = release
  const preview = expiresAt === null ? null : placePreview(gatewayId, { environment, release: number, expiresAt }, baseDomain)
  return { ...representRelease(release), endsCanary, preview }
}

export function representComparison (comparison: Comparison): Static<typeof environmentComparison> {
  return { ...comparison, routes: comparison.routes.map(representChange) }
}

export function representPlan (plan: ReleasePlan): Static<typeof releasePlan> {
  return { ...plan, changes: plan.changes.map(representChange) }
}

function representChange ({ before, after, ...change }: RouteChange): Static<typeof routeChange> {
  return { ...change, before: before && representRoute(before), after: after && representRoute(after) }
}

function representRoute (released: ReleaseRoute): Static<typeof route> {
  return released.upstream === undefined ? { ...released, limits: effectiveLimits(released.limits) } : released
}

