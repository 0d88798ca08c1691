import { Type, type Static } from 'typebox'
import { previewDomain } from '#shared/host.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import type { Preview, Release } from '../store/documents.ts'

const domain = Type.String({ description: 'Its host, which leads to this release as long as it is there. Keys and settings are the environment\'s.' })

/** Of a release that was just made. */
export const placedPreview = Type.Object({
  environment: environmentName,
  release: Type.Integer(),
  domain,
  expiresAt: timestamp
}, { title: 'PlacedPreview', description: 'Where a preview is found.' })

export const preview = Type.Object({
  release: Type.Integer({ description: 'Number of the release that it serves.' }),
  domain,
  expiresAt: timestamp,
  basedOn: Type.Union([Type.Integer(), Type.Null()], { description: 'Number of the release that was served when it was made.' }),
  note: Type.String(),
  author: Type.String(),
  createdAt: timestamp
}, { title: 'Preview', description: 'A release with a host of its own, which nothing else leads to.' })

/** What a PATCH can change. */
export const previewDraft = Type.Object({
  expiresAt: Type.String({ format: 'date-time', description: 'RFC 3339; at most 30 days from now.' })
}, { additionalProperties: false })

export const previewsParams = params({ gatewayId, envName: environmentName })
export const previewParams = params({ gatewayId, envName: environmentName, release: Type.Integer({ minimum: 1 }) })

export type PreviewDraft = Static<typeof previewDraft>

/** A preview with the release that it serves. */
export interface ReleasedPreview { preview: Preview, release: Release }

export function representPreview ({ preview: { expiresAt }, release: { gatewayId, environment, number, basedOn, note, author, createdAt } }: ReleasedPreview, baseDomain: string): Static<typeof preview> {
  return { release: number, domain: previewDomain(gatewayId, environment, number, baseDomain), expiresAt, basedOn, note, author, createdAt }
}

export function placePreview (gatewayId: string, { environment, release, expiresAt }: Omit<Static<typeof placedPreview>, 'domain'>, baseDomain: string): Static<typeof placedPreview> {
  return { environment, release, domain: previewDomain(gatewayId, environment, release, baseDomain), expiresAt }
}

/** All but the time at which it expires never changes. */
export function previewEtag ({ preview: { expiresAt }, release }: ReleasedPreview): string {
  return `"${release.number}-${Date.parse(release.createdAt)}-${Date.parse(expiresAt)}"`
}
