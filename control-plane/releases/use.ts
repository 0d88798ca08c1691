import { Problem } from '#shared/errors.ts'
import { requireNoCanary } from '../canaries/in-progress.ts'
import { checkRule, standardRule } from '../canaries/rule.ts'
import { invalidField } from '../field-errors.ts'
import { expiryOf, requirePreviewRoom } from '../previews/limits.ts'
import type { Environment } from '../store/documents.ts'
import type { Deployment } from '../store/store.ts'
import type { ReleaseRequest } from './schema.ts'

/** What a release is to be made for; `undefined`: to be served. */
export type Use = Deployment['use'] | undefined

/** @param now RFC 3339 @throws {Problem} `validation_failed` */
export function readUse ({ canary, preview = false, expiresInSeconds }: Pick<ReleaseRequest, 'canary' | 'preview' | 'expiresInSeconds'>, now: string): Use {
  if (!preview && expiresInSeconds !== undefined) throw invalidField('/expiresInSeconds', 'has a meaning with `preview` alone')
  if (preview && canary !== undefined) throw invalidField('/preview', 'must be left out or false where there is a canary')
  if (preview) return { preview: { expiresAt: expiryOf(Date.parse(now), expiresInSeconds) } }
  if (canary === undefined) return undefined
  return { canary: { ...checkRule({ ...standardRule, ...canary }, '/canary'), startedAt: now, changedAt: now } }
}

/** What no `force` overrules. @throws {Problem} `nothing_served`, `canary_in_progress`, `preview_limit_reached` */
export function requireRoom (target: Environment, use: Use, now: string): void {
  if (use === undefined) return
  if ('preview' in use) return requirePreviewRoom(target, now)
  if (target.release === null) throw new Problem('nothing_served', `${target.name} serves nothing yet that a canary could run beside: make a release without one.`)
  requireNoCanary(target)
}
