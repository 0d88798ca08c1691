/**
 * What the keeper tells a generation. The keeper outlives the code that it was started with: what these say must be understood by older
 * and by newer ones, so they are only ever added to.
 */
export type KeeperMessage =
  /** It is its turn: the one before it has let go of the replica, or is gone. */
  | { type: 'go' }
  /** Let go of the replica; go on serving what is there, and whatever the next one writes. */
  | { type: 'release' }
  /** The next one has failed: take the replica again. */
  | { type: 'resume' }
  /** Another one serves: finish what is in flight, cut off what has not ended after `deadlineMs`, and end. */
  | { type: 'drain', deadlineMs: number }
  /** In the place of one that is gone: it takes orders at `socket`. */
  | { type: 'keeping', socket: string }

/** What a generation tells its keeper. */
export type GenerationMessage =
  /** Its sandboxes run; it waits for its turn. */
  | { type: 'prepared' }
  | { type: 'released' }
  /** It accepts requests. */
  | { type: 'ready' }
  /** All its workers serve this revision. */
  | { type: 'applied', revision: number }
  /** Somebody has asked the wrong process. */
  | { type: 'reload' }

/** Where a generation finds the socket that it listens on: after standard input, output, error, and the line to its keeper. */
export const listeningFd = 4
