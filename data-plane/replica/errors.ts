/** What the feed said contradicts itself or what is held. `needsSnapshot`: only everything from the start can mend it. */
export class FeedRefused extends Error {
  override readonly name = 'FeedRefused'
  readonly needsSnapshot: boolean
  constructor (message: string, options: { needsSnapshot?: boolean, cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.needsSnapshot = options.needsSnapshot ?? false
  }
}

/**
 * Found while writing. What is held can no longer be kept up to date, and a key that was revoked must not go on working: the process
 * is to be started anew, and begins with an empty replica.
 */
export class ReplicaDamaged extends Error {
  override readonly name = 'ReplicaDamaged'
}
