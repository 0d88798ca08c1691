import { Problem } from '#shared/errors.ts'
import { requireNoCanary } from '../canaries/in-progress.ts'
import { checkRule, standardRule } from '../canaries/rule.ts'
import type { Environment } from '../store/documents.ts'
import type { Deployment } from '../store/store.ts'
import type { ReleaseRequest } from './schema.ts'

/** What a release is to be made for; `undefined`: to be served. */
export type Use = Deployment['use'] | undefined

/** @throws {Problem} `validation_failed` */
export function readUse ({ canary }: Pick<ReleaseRequest, 'canary'>, now: string): Use {
  if (canary === undefined) return undefined
  return { canary: { ...checkRule({ ...standardRule, ...canary }, '/canary'), startedAt: now, changedAt: now } }
}

/** What no `force` overrules. @throws {Problem} `nothing_served`, `canary_in_progress` */
export function requireRoom (target: Environment, use: Use): void {
  if (use === undefined || !('canary' in use)) return
  if (target.release === null) throw new Problem('nothing_served', `${target.name} serves nothing yet that a canary could run beside: make a release without one.`)
  requireNoCanary(target)
}
