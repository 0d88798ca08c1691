import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Admin, Answer } from '../../test/support/http.ts'
import type { Platform } from '../../test/support/launch.ts'
import { launchMeasured } from '../engine/program.ts'

/** The access record as operators have it unless they say otherwise; the tests have none. */
export const usual = { IMPRUN_LOG_LEVEL: 'warn', IMPRUN_ACCESS_LOG: 'file' }

/** A platform of its own, with a data directory that goes with it. */
export async function launch (settings: Record<string, string> = {}): Promise<{ platform: Platform, close: () => Promise<void> }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'imprun-bench-'))
  const removeData = async (): Promise<void> => await rm(dataDir, { recursive: true, force: true })
  const platform = await launchMeasured({ dataDir, env: { ...usual, ...settings } }).catch(async (error: unknown) => {
    await removeData()
    throw error
  })
  return {
    platform,
    close: async () => {
      await platform.close()
      await removeData()
    }
  }
}

/** A gateway that asks for no key. */
export async function openGateway (admin: Admin, id: string): Promise<void> {
  must(await admin('POST', '/api-gateways', { id, name: 'Benchmark', config: { plugins: { none: {} } } }))
}

/** Of the processes of one platform: control plane and supervisors are `other`. */
export function kindOf (command: string): string {
  if (command.includes('/edge/')) return 'edge'
  return command.includes('/sandbox.cjs') ? 'sandbox' : 'other'
}

export function must (answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`The admin API answered ${answer.status}: ${answer.text}`)
  return answer
}

export async function version (): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
