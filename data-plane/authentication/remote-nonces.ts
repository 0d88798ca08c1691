import { createAsking } from '../limits/asking.ts'
import type { NoncesMessage, NoncesUsedMessage } from '../messages.ts'
import type { NonceUse, NonceVerdict } from './nonce-store.ts'
import type { MachineNonces } from './nonces.ts'

export interface RemoteNonces extends MachineNonces {
  /** To be called with the supervisor's answers. */
  receive: (message: NoncesUsedMessage) => void
  close: () => void
}

/** The supervisor remembers for all workers. One that has none remembers nothing that another one would know. */
export function createRemoteNonces (send: (message: NoncesMessage) => void): RemoteNonces {
  const asking = createAsking<NonceUse, NonceVerdict | 'away'>({ send: (id, batch) => send({ type: 'nonces', id, batch }), answer: () => 'away' })
  return { use: asking.ask, receive: ({ id, batch }) => asking.receive(id, batch), close: asking.close }
}
