import type { FieldError } from '#shared/errors.ts'
import { pathFault } from '#shared/request-path.ts'
import type { RouteUpstream } from '#shared/upstreams.ts'
import type { FunctionDraft } from './schema.ts'

/** Of functions alone: how long an upstream may take is said where its address is. */
const functionMembers = ['source', 'files', 'entrypoint', 'timeoutMs', 'limits', 'schedules'] as const
const parameters = /:[^/]+|\*/g

/** What a draft says of the upstream that it goes to, and what is wrong with it. */
export function readRouteUpstream (draft: FunctionDraft, { name, path }: RouteUpstream): { upstream: RouteUpstream, errors: FieldError[] } {
  const beside = functionMembers.filter(member => draft[member] !== undefined)
  const known = new Set(draft.path.match(parameters))
  const unknown = (path?.match(parameters) ?? []).filter(parameter => !known.has(parameter))
  return {
    upstream: { name, ...(path !== undefined && { path }) },
    errors: [
      ...beside.map(member => ({ pointer: `/${member}`, detail: 'cannot stand beside upstream: it is a function\'s' })),
      ...(path !== undefined && pathFault(path) !== null ? [{ pointer: '/upstream/path', detail: 'must not have dot segments' }] : []),
      ...unknown.map(parameter => ({ pointer: '/upstream/path', detail: `must not have "${parameter}", which path does not have` }))
    ]
  }
}
