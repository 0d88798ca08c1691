import type { FastifyInstance } from 'fastify'
import { hashToken, isHashOf, readBearer, unauthorized } from '../bearer.ts'
import type { DataPlaneIdentity } from '../data-planes/service.ts'
import type { Store } from '../store/store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, where `requireDataPlane` stands before. */
    dataPlane: DataPlaneIdentity
  }
}

export interface DataPlaneAccess {
  store: Pick<Store, 'findDataPlaneToken'>
  /** Of the installation's own token, which opens everything. */
  tokenHash: string
}

/** Lets in only who presents a data-plane token, on every route of `app` and on its 404s. What it opens is for the routes to heed. */
export function requireDataPlane (app: FastifyInstance, { store, tokenHash }: DataPlaneAccess): void {
  app.decorateRequest('dataPlane')
  app.addHook('onRequest', async request => {
    const token = readBearer(request)
    if (token !== null && isHashOf(tokenHash, token)) {
      request.dataPlane = { tokenId: null, environments: null }
      return
    }
    // Asked for every time: a token that is revoked opens nothing from then on, whoever has revoked it.
    const found = token === null ? null : await store.findDataPlaneToken(hashToken(token))
    if (found === null) throw unauthorized(token, 'a data-plane token')
    request.dataPlane = { tokenId: found.id, environments: found.environments }
  })
}
