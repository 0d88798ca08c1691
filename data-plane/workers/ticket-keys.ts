import { randomBytes } from 'node:crypto'

/** What all workers seal the tickets of TLS sessions with, so that a client goes on with its session on whichever of them. */
export interface TicketKeys {
  /** In base64. */
  current: () => string
  close: () => void
}

/** Of Node's, and so of OpenSSL's. */
const keyBytes = 48
/** Who has them reads what was said with TLS 1.2 under them: they are never written down, and do not live long. Tickets from before cost a whole handshake. */
const rotationMs = 12 * 3_600_000

export function createTicketKeys (onRotated: (keys: string) => void): TicketKeys {
  const make = (): string => randomBytes(keyBytes).toString('base64')
  let current = make()
  const timer = setInterval(() => {
    current = make()
    onRotated(current)
  }, rotationMs).unref()
  return { current: () => current, close: () => clearInterval(timer) }
}
