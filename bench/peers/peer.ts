/** Something that answers the scenario's request, started for a benchmark. */
export interface Peer {
  name: string
  /** Of what serves: a runtime's or the project's own. */
  version: string
  /** Its processes are this one and all below it. */
  pid: number
  /** Where the load goes; always on the loopback address. */
  url: string
  /** What each request carries. Several: one after the other is sent, each as often as the others. */
  headers: Array<Record<string, string>>
  /** Headers that a right answer must have beside the scenario's own. */
  expectedHeaders: Record<string, RegExp>
  /** What it has written, to be shown where the run fails. */
  output?: () => string
  close: () => Promise<void>
}
