/** What the feed said contradicts itself or what is held. `needsSnapshot`: only everything from the start can mend it. */
export class FeedRefused extends Error {
  override readonly name = 'FeedRefused'
  readonly needsSnapshot: boolean
  constructor (message: string, options: { needsSnapshot?: boolean, cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.needsSnapshot = options.needsSnapshot ?? false
  }
}

/** What is read is not what was written. Nothing further may be read from this generation of the replica, nor written to it. */
export class ReplicaDamaged extends Error {
  override readonly name = 'ReplicaDamaged'
}
