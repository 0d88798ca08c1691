/** What an unsafe request has changed, and nobody is to meet any more as it was (RFC 9111, section 4.4). */
export interface AnswerChange {
  gatewayId: string
  environment: string
  /** Host, path and query: see `uriOf`. */
  uri: string
}

/** Tells the other workers of the machine. What one turn of the event loop has changed travels in one message, each once. */
export function createChangeTeller (send: (changes: AnswerChange[]) => void): (change: AnswerChange) => void {
  const waiting = new Map<string, AnswerChange>()
  const flush = (): void => {
    send([...waiting.values()])
    waiting.clear()
  }
  return change => {
    if (waiting.size === 0) setImmediate(flush)
    waiting.set(`${change.gatewayId} ${change.environment} ${change.uri}`, change)
  }
}
