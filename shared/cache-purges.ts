/** What an owner has had forgotten of what is kept of an environment's answers. Numbers grow with each purge. */
export interface CachePurges {
  /** Of the newest one. */
  last: number
  /** What was asked for before the purge of this number is gone, whatever it is. */
  floor: number
  /** Newer ones, in their order. */
  recent: CachePurge[]
}

export interface CachePurge {
  number: number
  /** As requests have them, without the query; one that ends with `*` is the beginning of paths. */
  paths?: string[]
  tags?: string[]
}

/** By at least one of them. */
export type CachePurgeTargets = Pick<CachePurge, 'paths' | 'tags'>

export const noPurges: CachePurges = { last: 0, floor: 0, recent: [] }

/** Of paths and tags in purges that are told apart: where there are more, the oldest become one of everything. Too much is always right. */
export const maxPurgeTargets = 500

/** @param what nothing: all of it */
export function addPurge ({ last, floor, recent }: CachePurges, what: CachePurgeTargets | null): CachePurges {
  const number = last + 1
  if (what === null) return { last: number, floor: number, recent: [] }
  const kept = [...recent, { number, ...what }]
  let targets = kept.reduce((sum, purge) => sum + targetsOf(purge), 0)
  let newFloor = floor
  while (targets > maxPurgeTargets && kept.length > 1) {
    const oldest = kept.shift()!
    targets -= targetsOf(oldest)
    newFloor = oldest.number
  }
  return { last: number, floor: newFloor, recent: kept }
}

function targetsOf ({ paths = [], tags = [] }: CachePurge): number {
  return paths.length + tags.length
}

/** Whether what was asked for when `number` was the newest purge is gone. */
export function isPurged ({ floor, recent }: CachePurges, { number, path, tags }: { number: number, path: string, tags: ReadonlySet<string> | null }): boolean {
  if (number < floor) return true
  return recent.some(purge => purge.number > number && (
    purge.paths?.some(pattern => pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern) ||
    (tags !== null && purge.tags?.some(tag => tags.has(tag)))
  ))
}
