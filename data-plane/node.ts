import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { randomBase62 } from '#shared/base62.ts'
import { nodeIdPattern, type DataPlaneReport } from '#shared/data-planes.ts'
import packageJson from '../package.json' with { type: 'json' }

/** What a data plane is, as those who ask after it see it. */
export interface Node extends Pick<DataPlaneReport, 'name' | 'version'> {
  /** The same for as long as the data directory is kept. */
  id: string
}

export function readNode (dataDir: string): Node {
  return { id: readNodeId(dataDir), name: hostname().replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 255) || 'unknown', version: packageJson.version }
}

function readNodeId (dataDir: string): string {
  const file = path.join(dataDir, 'node-id')
  const kept = readIfThere(file)?.trim()
  if (kept !== undefined && new RegExp(nodeIdPattern).test(kept)) return kept
  const made = randomBase62(20)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(file, `${made}\n`, { mode: 0o600 })
  return made
}

function readIfThere (file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
