import type { FeedMessage } from '#shared/feed.ts'

/** A message for one reader. */
export interface Letter {
  message: FeedMessage
  /** The reader went away before it was sent: it never will be. */
  onReturned: () => void
}

/** What is to be sent to one reader of the feed, beside the feed. */
export interface Mailbox {
  put: (letter: Letter) => void
  /** false: it is on its way already. */
  withdraw: (letter: Letter) => boolean
  /** The next message, which is taken to be sent from now on. `null`: there is none. */
  take: () => FeedMessage | null
  onPut: (listener: () => void) => void
  /** Returns what was not taken. */
  close: () => void
}

export function createMailbox (): Mailbox {
  const letters = new Set<Letter>()
  let ring = (): void => {}
  let isClosed = false
  return {
    put: letter => {
      if (isClosed) return letter.onReturned()
      letters.add(letter)
      ring()
    },
    withdraw: letter => letters.delete(letter),
    take: () => {
      for (const letter of letters) {
        letters.delete(letter)
        return letter.message
      }
      return null
    },
    onPut: listener => { ring = listener },
    close: () => {
      isClosed = true
      for (const letter of letters) letter.onReturned()
      letters.clear()
    }
  }
}
