import { createMailbox, type Mailbox } from './mailbox.ts'

/** The data planes that follow the feed of this control plane now. */
export class FeedReaders {
  /** In the order in which they are to be asked next. */
  readonly #readers = new Map<Mailbox, readonly string[] | null>()

  /** @param environments the ones that it may see; `null`: all */
  connect (environments: readonly string[] | null): Mailbox {
    const mailbox = createMailbox()
    this.#readers.set(mailbox, environments)
    return mailbox
  }

  disconnect (mailbox: Mailbox): void {
    this.#readers.delete(mailbox)
    mailbox.close()
  }

  /** Of a data plane that serves the environment, another one each time. `null`: there is none. */
  choose (environment: string): Mailbox | null {
    for (const [mailbox, environments] of this.#readers) {
      if (environments?.includes(environment) === false) continue
      this.#readers.delete(mailbox)
      this.#readers.set(mailbox, environments)
      return mailbox
    }
    return null
  }
}
