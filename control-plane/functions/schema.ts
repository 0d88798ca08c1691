import { Type, type Static } from 'typebox'
import { effectiveLimits } from '#shared/function-limits.ts'
import { functionNamePattern, scheduleNamePattern } from '#shared/names.ts'
import { routePluginsSchema } from '#shared/plugins/plugins.ts'
import { routeMethods } from '#shared/routes.ts'
import { maxCronLength } from '#shared/schedules.ts'
import type { CloudFunction, FunctionVersion, FunctionVersionSummary } from '../store/documents.ts'
import { expiresInSeconds } from '../previews/limits.ts'
import { placedPreview, placePreview } from '../previews/schema.ts'
import { environmentName, gatewayId, params, routePath, timestamp } from '../schemas.ts'
import { routeUpstream } from '../upstreams/schema.ts'
import { askedLimits, functionLimits } from './limits-schema.ts'
import type { SavedFunction } from './service.ts'

export const defaultTimeoutMs = 10_000

export const functionName = Type.String({
  pattern: functionNamePattern, description: 'Letters, digits, dots, hyphens and underscores, at most 64, beginning with a letter.'
})
const methods = Type.Array(Type.Enum([...routeMethods]), {
  minItems: 1, maxItems: routeMethods.length, uniqueItems: true, description: 'GET also answers HEAD.'
})
export const path = Type.String({
  ...routePath,
  description: 'Segments of text, `:param` for one whole segment, `*` as the last one for all that follows.'
})
const wallClock = { minimum: 1, maximum: 120_000, description: 'Wall clock of one call of a function.' }
export const timeoutMs = Type.Integer({ ...wallClock, default: defaultTimeoutMs })
const files = Type.Record(Type.String(), Type.String(), {
  minProperties: 1, maxProperties: 100, description: 'Texts by relative path, with `/` between folders; together at most 1 MB.'
})
const entrypoint = Type.String({ maxLength: 200, description: 'The file whose default export is the function.' })
const scheduleName = Type.String({ pattern: scheduleNamePattern, description: 'Letters, digits, dots, hyphens and underscores, at most 64, beginning with a letter.' })
const cron = Type.String({
  maxLength: maxCronLength, description: 'Minute, hour, day of the month, month, day of the week. Where both days are given, either will do.', examples: ['*/5 * * * *']
})
const timeZone = Type.String({ maxLength: 64, description: 'IANA name. Fields are local times in it.', default: 'UTC' })
const newSchedules = Type.Array(Type.Object({
  name: Type.Optional(scheduleName), cron, timeZone: Type.Optional(timeZone)
}, { additionalProperties: false }), {
  maxItems: 10, description: 'When it runs by itself, in every environment that it is released to. Names that are left out are `schedule-1`, `schedule-2` by position.'
})
export const schedules = Type.Array(Type.Object({ name: scheduleName, cron, timeZone }))

const dependencies = Type.Array(Type.Object({
  name: Type.String(),
  version: Type.String(),
  integrity: Type.String({ description: 'Subresource Integrity of its tarball.' }),
  path: Type.String({ description: 'Where it stands, as in a package-lock.json.' })
}), { description: 'The npm packages that it is built with.' })

export const functionSourceFields = {
  source: Type.Optional(Type.String({
    description: 'The whole function in one TypeScript or JavaScript text. Either this, or `files` with `entrypoint`.'
  })),
  files: Type.Optional(files),
  entrypoint: Type.Optional(entrypoint)
}

/** All that decides what a version is. */
export const functionContent = Type.Object({
  methods,
  path,
  timeoutMs: Type.Optional(timeoutMs),
  limits: Type.Optional(askedLimits),
  schedules: Type.Optional(newSchedules),
  ...functionSourceFields,
  upstream: Type.Optional(routeUpstream),
  plugins: Type.Optional(routePluginsSchema)
}, { title: 'CloudFunctionContent', additionalProperties: false })

export const functionDraft = Type.Object({
  ...functionContent.properties,
  message: Type.Optional(Type.String({ maxLength: 500, description: 'What the change is for; kept with the version.' }))
}, { title: 'NewCloudFunction', additionalProperties: false })

const version = Type.String({ description: 'Id of the newest version, a hash of all that decides what runs.' })
/** An upstream in the place of time-out, limits and schedules. */
export const kindFields = {
  upstream: Type.Optional(routeUpstream), timeoutMs: Type.Optional(Type.Integer(wallClock)), limits: Type.Optional(functionLimits), schedules: Type.Optional(schedules),
  plugins: Type.Optional(routePluginsSchema)
}
const fields = { name: functionName, methods, path, ...kindFields, version, createdAt: timestamp, updatedAt: timestamp }

export const cloudFunction = Type.Object(fields, { title: 'CloudFunction', description: 'A function as it was last saved.' })

export const cloudFunctionWithFiles = Type.Object({
  ...fields, entrypoint: Type.Optional(entrypoint), files: Type.Optional(files), dependencies: Type.Optional(dependencies)
}, {
  title: 'CloudFunctionWithFiles', description: 'A function with the files of its newest version, or what goes to an upstream and has none.'
})

export const savedFunction = Type.Object({
  ...fields,
  release: Type.Union([Type.Integer(), Type.Null()], { description: 'Number of the release of dev that serves it; `null`: it was not deployed.' }),
  preview: Type.Union([placedPreview, Type.Null()], { description: '`null`: none was asked for.' })
}, { title: 'SavedCloudFunction', description: 'What was saved, and the release that serves it.' })

export const functionVersion = Type.Object({
  id: Type.String(),
  number: Type.Integer({ description: '1, 2, 3 within the function.' }),
  author: Type.String(),
  message: Type.String(),
  methods,
  path,
  ...kindFields,
  entrypoint: Type.Optional(entrypoint),
  dependencies: Type.Optional(dependencies),
  createdAt: timestamp
}, { title: 'FunctionVersion', description: 'It never changes.' })

export const functionsParams = params({ gatewayId })
export const functionParams = params({ gatewayId, functionName })
export const deployQuery = Type.Object({
  deploy: Type.Optional(Type.Boolean({ default: true, description: 'Whether dev serves it at once.' })),
  updateDependencies: Type.Optional(Type.Boolean({
    default: false, description: 'Takes the newest packages that package.json allows. Otherwise the ones of the version before stay while `dependencies` do.'
  }))
}, { additionalProperties: false })

export const saveQuery = Type.Object({
  ...deployQuery.properties,
  preview: Type.Optional(Type.Boolean({ default: false, description: 'Makes a preview in place of deploying: what an environment serves, with this version, on a host of its own.' })),
  environment: Type.Optional(Type.String({ ...environmentName, default: 'dev', description: 'Of the preview.' })),
  expiresInSeconds: Type.Optional(expiresInSeconds)
}, { additionalProperties: false })

export type SaveQuery = Static<typeof saveQuery>
export type FunctionDraft = Static<typeof functionDraft>

export function representFunction (fn: CloudFunction): Static<typeof cloudFunction> {
  const { name, methods, path, latestVersion, createdAt, updatedAt } = fn
  return { name, methods, path, ...representKind(fn), version: latestVersion, createdAt, updatedAt }
}

export function representSaved ({ fn, release, preview }: SavedFunction, baseDomain: string): Static<typeof savedFunction> {
  return { ...representFunction(fn), release, preview: preview && placePreview(fn.gatewayId, preview, baseDomain) }
}

export function representFunctionWithFiles (fn: CloudFunction, version: FunctionVersion): Static<typeof cloudFunctionWithFiles> {
  const { upstream, entrypoint, files, dependencies } = version
  return { ...representFunction(fn), ...(upstream === undefined && { entrypoint, files, dependencies }) }
}

export function representVersion (version: FunctionVersionSummary): Static<typeof functionVersion> {
  const { id, number, author, message, methods, path, upstream, entrypoint, dependencies, createdAt } = version
  return { id, number, author, message, methods, path, ...representKind(version), ...(upstream === undefined && { entrypoint, dependencies }), createdAt }
}

function representKind ({ upstream, timeoutMs = defaultTimeoutMs, limits, schedules = [], plugins }: Pick<CloudFunction, keyof typeof kindFields>) {
  return { ...(upstream === undefined ? { timeoutMs, limits: effectiveLimits(limits), schedules } : { upstream }), ...(plugins && { plugins }) }
}
