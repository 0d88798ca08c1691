import type { Upstream } from '../documents.ts'
import type { Store } from '../store.ts'
import { openNamed } from './named.ts'
import type { Context, Writes } from './operations.ts'

type Reads = Pick<Store, 'getUpstream' | 'listUpstreams'>
type UpstreamWrites = Pick<Writes, 'putUpstream' | 'removeUpstream'>

export function upstreamOperations (context: Context): { reads: Reads, writes: UpstreamWrites } {
  const { put, get, list, remove } = openNamed<Upstream>(context, 'upstreams', 'upstream')
  return { reads: { getUpstream: get, listUpstreams: list }, writes: { putUpstream: put, removeUpstream: remove } }
}
