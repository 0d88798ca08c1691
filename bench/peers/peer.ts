/** Something that answers the scenario's request, started for a benchmark. */
export interface Peer {
  name: string
  /** Of what serves: a runtime's or the project's own. */
  version: string
  /** Its processes are this one and all below it. */
  pid: number
  /** Where the load goes; always on the loopback address. */
  url: string
  /** Default: `GET`. */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** What each request carries. Several: one after the other is sent, each as often as the others. */
  headers: ReadonlyArray<Readonly<Record<string, string>>>
  /** The same with each request; its content type is among the headers. */
  body?: string
  /** The body of a right answer, or what is wrong with one, `null` for nothing. */
  expectedBody: string | ((body: string) => string | null)
  /** Headers that a right answer must have. Unless they say otherwise its content type is JSON. */
  expectedHeaders: Readonly<Record<string, RegExp>>
  /** What a process of its own is for, by its command line, so that processor time can be told apart. Default: all of them are one kind, `server`. */
  kindOf?: (command: string) => string
  /** What it has written, to be shown where the run fails. */
  output?: () => string
  close: () => Promise<void>
}

/** A peer cannot be had on this machine: the others are measured without it, and the result says so. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly peer: string

  /** @param reason goes into the result */
  constructor (peer: string, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.peer = peer
  }
}
