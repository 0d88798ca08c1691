import type { EndedCanary, Environment, ReleaseUse, Serving } from './documents.ts'
import type { Deployment } from './store.ts'

/** What an environment serves before anything has been released to it. */
export const servesNothing = { lastRelease: 0, release: null, canary: null, lastCanary: null, previews: [] } satisfies Partial<Environment>

/** Numbers of the releases that an environment serves. */
export function servedNumbers ({ release, canary, previews }: Omit<Serving, 'lastCanary'>): number[] {
  return [...(release === null ? [] : [release]), ...(canary === null ? [] : [canary.release]), ...previews.map(preview => preview.release)]
}

/** What a release is made for, by name. */
export function useOf (use: Deployment['use']): ReleaseUse {
  if (use === undefined) return 'serve'
  return 'canary' in use ? 'canary' : 'preview'
}

/** What an environment serves when a release of this number is put to its use. */
export function servingWith ({ release, canary, lastCanary, previews }: Serving, number: number, { use, createdAt }: Deployment): Serving {
  if (use === undefined) {
    const replaced: EndedCanary | null = canary && { release: canary.release, outcome: 'replaced', reason: `Release ${number} took its place.`, endedAt: createdAt }
    return { release: number, canary: null, lastCanary: replaced ?? lastCanary, previews }
  }
  if ('canary' in use) return { release, canary: { ...use.canary, release: number }, lastCanary, previews }
  return { release, canary, lastCanary, previews: [...previews, { ...use.preview, release: number }] }
}
