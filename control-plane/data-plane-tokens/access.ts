import type { FastifyInstance } from 'fastify'
import { hashToken, isHashOf, readBearer, unauthorized } from '../bearer.ts'
import type { Store } from '../store/store.ts'
import type { Scope } from './scope.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, where `requireDataPlane` stands before. What its token does not open, the routes have to keep from it. */
    dataPlane: DataPlaneIdentity
  }
}

/** Who speaks, and what that may see. */
export interface DataPlaneIdentity {
  /** `null`: the installation's own token. */
  tokenId: string | null
  environments: Scope
}

export interface DataPlaneAccess {
  store: Pick<Store, 'findDataPlaneToken'>
  /** Of the installation's own token, which opens everything. */
  tokenHash: string
}

/** Lets in only who presents a data-plane token, on every route of `app` and on its 404s. */
export function requireDataPlane (app: FastifyInstance, access: DataPlaneAccess): void {
  app.decorateRequest('dataPlane')
  app.addHook('onRequest', async request => {
    const token = readBearer(request)
    const identity = token === null ? null : await identify(access, token)
    if (identity === null) throw unauthorized(token, 'a data-plane token')
    request.dataPlane = identity
  })
}

/** `null`: nobody's token. Asked of the store every time: one that is revoked opens nothing from then on, whichever control plane has revoked it. */
export async function identify ({ store, tokenHash }: DataPlaneAccess, token: string): Promise<DataPlaneIdentity | null> {
  if (isHashOf(tokenHash, token)) return { tokenId: null, environments: null }
  const found = await store.findDataPlaneToken(hashToken(token))
  return found && { tokenId: found.id, environments: found.environments }
}
