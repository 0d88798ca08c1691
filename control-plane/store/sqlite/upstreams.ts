import type { Upstream } from '../documents.ts'
import { openNamed } from './named.ts'
import type { Context, Operations } from './operations.ts'

type UpstreamOperations = Pick<Operations, 'putUpstream' | 'getUpstream' | 'listUpstreams' | 'removeUpstream'>

export function upstreamOperations (context: Context): UpstreamOperations {
  const { put, get, list, remove } = openNamed<Upstream>(context, 'upstreams', 'upstream')
  return { putUpstream: put, getUpstream: get, listUpstreams: list, removeUpstream: remove }
}
