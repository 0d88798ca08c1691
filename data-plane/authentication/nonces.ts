import { hash } from 'node:crypto'
import { CountersAway, type SharedCounters } from '../limits/counter.ts'
import type { NonceUse, NonceVerdict } from './nonce-store.ts'

/** Nonces of signatures, each accepted once: by all machines where they share counters, else by all workers of this one. */
export interface Nonces {
  /** `away`: nobody can be asked. @param failureMode `open`: what cannot be known passes for `fresh` */
  use: (use: NonceUse, failureMode: 'closed' | 'open') => Promise<NonceVerdict | 'away'>
}

/** Those of this machine, as a worker asks for them. */
export interface MachineNonces {
  use: (use: NonceUse) => NonceVerdict | 'away' | Promise<NonceVerdict | 'away'>
}

export function createNonces ({ own, shared }: { own: MachineNonces, shared: SharedCounters | null }): Nonces {
  return {
    use: async (use, failureMode) => {
      if (shared !== null) {
        try {
          return await shared.once(`nonce/${use.place}/${use.digest}`, use.keptMs) ? 'fresh' : 'seen'
        } catch (error) {
          if (!(error instanceof CountersAway)) throw error
          if (failureMode === 'closed') return 'away'
        }
      }
      const verdict = await own.use(use)
      return verdict === 'seen' || failureMode === 'closed' ? verdict : 'fresh'
    }
  }
}

/** Of 128 bits, so that what is remembered is as long for all. Nobody but the key's owner can look for two that are alike. */
export function digestOfNonce (keyId: string, nonce: string): string {
  return hash('sha256', `${keyId} ${nonce}`, 'base64url').slice(0, 22)
}
