import { createMailbox, type Mailbox } from './mailbox.ts'

interface Reader {
  /** `null`: all. */
  environments: readonly string[] | null
  /** Its id; `null`: it has not said. */
  node: string | null
  /** It understands questions about requests. */
  answersTraces: boolean
}

/** The data planes that follow the feed of this control plane now. */
export class FeedReaders {
  /** In the order in which they are to be asked next. */
  readonly #readers = new Map<Mailbox, Reader>()

  /** @param environments the ones that it may see; `null`: all */
  connect (environments: readonly string[] | null, { node = null, answersTraces = false }: Partial<Omit<Reader, 'environments'>> = {}): Mailbox {
    const mailbox = createMailbox()
    this.#readers.set(mailbox, { environments, node, answersTraces })
    return mailbox
  }

  disconnect (mailbox: Mailbox): void {
    this.#readers.delete(mailbox)
    mailbox.close()
  }

  /** Of a data plane that serves the environment, another one each time. `null`: there is none. */
  choose (environment: string): Mailbox | null {
    for (const [mailbox, reader] of this.#readers) {
      if (!serves(reader, environment)) continue
      this.#readers.delete(mailbox)
      this.#readers.set(mailbox, reader)
      return mailbox
    }
    return null
  }

  /** All that serve the environment and can be asked what requests have met. */
  toAsk (environment: string): Array<{ mailbox: Mailbox, node: string | null }> {
    return [...this.#readers].filter(([, reader]) => reader.answersTraces && serves(reader, environment)).map(([mailbox, { node }]) => ({ mailbox, node }))
  }
}

function serves ({ environments }: Reader, environment: string): boolean {
  return environments?.includes(environment) !== false
}
