import { expectRevision, taken } from '../refusals.ts'
import type { Draft, EnvironmentRef, Page, PageRequest } from '../store.ts'
import { openEmbedded, pageOf } from './embedded.ts'
import type { Context } from './operations.ts'

/** Things with names that are an environment's own, and that readers of the feed get together with it. */
export interface Named<Item extends { revision: number }> {
  put: (ref: EnvironmentRef, draft: Draft<Item>, expectedRevision: number | null) => Item
  get: (ref: EnvironmentRef, name: string) => Item | null
  list: (ref: EnvironmentRef, page: PageRequest) => Page<Item>
  remove: (ref: EnvironmentRef, name: string, expectedRevision: number) => number
}

/** @param kind what one of them is called */
export function openNamed<Item extends { name: string, revision: number }> (
  { db, write, deferral }: Context, column: 'variables' | 'upstreams', kind: string
): Named<Item> {
  const embedded = openEmbedded<Item>(db, column, deferral)
  return {
    put: (ref, draft, expectedRevision) => write(({ revision, touch }) => {
      const all = embedded.require(ref)
      const item = { ...draft, revision } as Item
      const found = all.find(({ name }) => name === item.name) ?? null
      if (expectedRevision !== null) expectRevision(found, expectedRevision, kind)
      else if (found !== null) throw taken(kind, 'name')
      embedded.write(ref, [...all.filter(({ name }) => name !== item.name), item])
      touch({ type: 'environment', gatewayId: ref.gatewayId, environment: ref.environment })
      return structuredClone(item)
    }),

    get: (ref, wanted) => embedded.read(ref)?.find(({ name }) => name === wanted) ?? null,

    list: (ref, page) => pageOf(embedded.read(ref) ?? [], ({ name }) => name, page),

    remove: (ref, unwanted, expectedRevision) => write(({ revision, touch }) => {
      const all = embedded.require(ref)
      expectRevision(all.find(({ name }) => name === unwanted) ?? null, expectedRevision, kind)
      embedded.write(ref, all.filter(({ name }) => name !== unwanted))
      touch({ type: 'environment', gatewayId: ref.gatewayId, environment: ref.environment })
      return revision
    })
  }
}
