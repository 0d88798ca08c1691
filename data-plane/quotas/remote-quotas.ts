import { createAsking } from '../limits/asking.ts'
import type { QuotaCorrectionsMessage, QuotaSpendsMessage, QuotaTakenMessage } from '../messages.ts'
import type { QuotaCorrection, QuotaSpend, QuotaTaken } from './quotas.ts'

/** Quotas, as an edge worker asks for them. */
export interface QuotaCounters {
  /** `null`: nobody can count them. See `Quotas`. */
  take: (spends: readonly QuotaSpend[]) => QuotaTaken | null | Promise<QuotaTaken | null>
  correct: (correction: QuotaCorrection) => void
}

export interface RemoteQuotas extends QuotaCounters {
  /** To be called with the supervisor's answers. */
  receive: (message: QuotaTakenMessage) => void
  close: () => void
}

/** The supervisor keeps them. A worker that has none keeps no account: what it let in would be known nowhere. */
export function createRemoteQuotas (send: (message: QuotaSpendsMessage | QuotaCorrectionsMessage) => void): RemoteQuotas {
  const asking = createAsking<readonly QuotaSpend[], QuotaTaken | null>({ send: (id, batch) => send({ type: 'quota-spends', id, batch }), answer: () => null })
  return {
    take: asking.ask,
    correct: correction => send({ type: 'quota-corrections', batch: [correction] }),
    receive: ({ id, batch }) => asking.receive(id, batch),
    close: asking.close
  }
}
