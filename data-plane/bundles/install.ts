import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Bundles } from './build.ts'

/** Files for the processes that are started with them. */
export interface InstalledBundles {
  /** JSON of `SandboxScripts`. */
  scripts: string
  sandbox: string
  probe: string
  egress: string
}

/** @param folder of this generation alone; what is in it goes with it */
export function installBundles ({ scripts, programs }: Bundles, folder: string): InstalledBundles {
  const own = path.join(folder, 'bundles')
  // Processes that run as somebody else have been started, and have read theirs, before they became it.
  mkdirSync(own, { mode: 0o700 })
  const install = (name: string, text: string): string => {
    const file = path.join(own, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  return {
    scripts: install('sandbox-scripts.json', JSON.stringify(scripts)),
    sandbox: install('sandbox.cjs', programs.sandbox),
    probe: install('probe.cjs', programs.probe),
    egress: install('egress.cjs', programs.egress)
  }
}
