import type { Release } from '../store/documents.ts'

/** A release never changes; the time tells it from one of the same number in an environment that was made anew. */
export function releaseEtag ({ number, createdAt }: Pick<Release, 'number' | 'createdAt'>): string {
  return `"r${number}-${Date.parse(createdAt).toString(36)}"`
}

/** Of a tag of a release, or of an environment that serves one; `null`: it names none. */
export function releaseInEtag (etag: string): number | null {
  const [, number] = /^"(?:\d+-)?r(\d+)(?:-[0-9a-z]+|\.default)?"$/.exec(etag) ?? []
  return number === undefined ? null : Number(number)
}
