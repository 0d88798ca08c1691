import { Type } from 'typebox'
import { Problem } from '#shared/errors.ts'
import type { Environment } from '../store/documents.ts'

const daySeconds = 86_400

/** Whoever reads the feed has all of them. */
export const maxPreviews = 50
export const maxPreviewSeconds = 30 * daySeconds
const standardSeconds = 7 * daySeconds

export const expiresInSeconds = Type.Integer({ minimum: 60, maximum: maxPreviewSeconds, default: standardSeconds, description: 'How long the preview is there.' })

/** @param now milliseconds since the epoch */
export function expiryOf (now: number, seconds = standardSeconds): string {
  return new Date(now + (seconds * 1_000)).toISOString()
}

/** Those that have expired and are not swept yet take no place. @param now RFC 3339 @throws {Problem} `preview_limit_reached` */
export function requirePreviewRoom ({ name, previews }: Environment, now: string): void {
  if (previews.filter(({ expiresAt }) => expiresAt > now).length < maxPreviews) return
  throw new Problem('preview_limit_reached', `${name} has ${maxPreviews} previews, and can have no more: delete one, or wait until one expires.`)
}
