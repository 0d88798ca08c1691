import { AsyncLocalStorage } from 'node:async_hooks'
import { launchPlatform, type LaunchOptions, type Platform } from '../../test/support/launch.ts'

/** A checkout of imprun, and what was started of it. */
export interface Program {
  /** `null`: this one. */
  root: string | null
  /** Of platforms. */
  pids: Set<number>
}

const measured = new AsyncLocalStorage<Program>()

/** Platforms that `run` launches are of this checkout: scenarios need not know which one they measure. */
export async function measuring<Result> (program: Program, run: () => Promise<Result>): Promise<Result> {
  return await measured.run(program, run)
}

/** Costs nothing until `--profile` looks into all of its processes at once. */
const profilable = ['--inspect-port=0']

/** As `launchPlatform`, of the checkout that is being measured. */
export async function launchMeasured (options: LaunchOptions): Promise<Platform> {
  const program = measured.getStore()
  const root = program?.root ?? null
  const platform = await launchPlatform({ execArgv: profilable, ...(root !== null && { root }), ...options })
  program?.pids.add(platform.pid)
  return platform
}
