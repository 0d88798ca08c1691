import { Client, type Dispatcher } from 'undici'

/** Something that is told which connection it goes over. */
export abstract class ConnectionUser {
  connection: Connection | null = null
}

/** One connection to an upstream, and whether it has been used before: one that was may have been closed on the other side by now. */
export class Connection extends Client {
  /** That came over it since it was opened. */
  answers = 0

  constructor (origin: string | URL, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => { this.answers = 0 })
  }

  override dispatch (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (handler instanceof ConnectionUser) handler.connection = this
    return super.dispatch(options, handler)
  }
}
