import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '#shared/config.ts'

/** The data-plane token as it is now: the setting, or what the control plane on the same machine has left. `null`: there is none. */
export function dataPlaneToken ({ dataPlaneToken, dataDir }: Pick<Config, 'dataPlaneToken' | 'dataDir'>): string | null {
  return dataPlaneToken ?? readToken(tokenFile(dataDir))
}

export function tokenFile (dataDir: string): string {
  return path.join(dataDir, 'data-plane-token')
}

function readToken (file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
