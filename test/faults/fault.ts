import type { Stage, StageOptions } from './stage.ts'

/** Something that goes wrong, and what is to follow. */
export interface Fault {
  name: string
  /** Why it cannot be tried here; `null`: it can. */
  missing?: () => Promise<string | null>
  /** What has to be there before the planes are. */
  prepare?: (teardown: Stage['teardown']) => Promise<Omit<StageOptions, 'requestsPerSecond'>>
  /**
   * Lets it happen while requests are sent, and undoes what does not undo itself.
   * @param recovering to be called where the cause ends: the time from there on is the time to recover
   * @returns when everything is as it was before. @throws {Error} where something is not as it has to be
   */
  happen: (stage: Stage, recovering: () => void) => Promise<void>
}
