import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { randomBase62 } from '#shared/base62.ts'
import { ConfigError, type Config } from '#shared/config.ts'
import { hashToken } from './bearer.ts'
import type { Store } from './store/store.ts'

const adminTokenSetting = 'adminTokenHash'
const installationSetting = 'installationId'

export interface AdminToken {
  hash: string
  /** What has to be told to the operator once `keep` has made it hold; `null` where it is known already. */
  token: string | null
  /** To be called when the process listens: a start that fails must not use up the one time that the token is shown. */
  keep: () => Promise<{ firstStart: boolean }>
}

/** The setting where there is one, else the token that was made at the first start: of that one only the hash is kept. */
export async function settleAdminToken (store: Store, config: Pick<Config, 'adminToken'>): Promise<AdminToken> {
  const installation = randomUUID()
  const isFirstStart = async (): Promise<boolean> => await store.initSetting(installationSetting, installation) === installation
  if (config.adminToken !== null) {
    return { hash: hashToken(config.adminToken), token: null, keep: async () => ({ firstStart: await isFirstStart() }) }
  }
  const kept = await store.getSetting(adminTokenSetting)
  if (kept !== null) return { hash: kept, token: null, keep: async () => ({ firstStart: await isFirstStart() }) }
  const token = `imp_admin_${randomBase62(32)}`
  const hash = hashToken(token)
  return {
    hash,
    token,
    keep: async () => {
      if (await store.initSetting(adminTokenSetting, hash) !== hash) {
        throw new ConfigError('another control plane has made the admin token in this very moment; start again')
      }
      return { firstStart: await isFirstStart() }
    }
  }
}

/** The setting where there is one, else the content of `data-plane-token` in the data directory, which is made once. */
export async function settleDataPlaneToken ({ dataPlaneToken, dataDir }: Pick<Config, 'dataPlaneToken' | 'dataDir'>): Promise<string> {
  if (dataPlaneToken !== null) return dataPlaneToken
  const file = path.join(dataDir, 'data-plane-token')
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await writeFile(file, `imp_data_${randomBase62(32)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!isExists(error)) throw error
  }
  const token = (await readFile(file, 'utf8')).trim()
  if (!/^[\x21-\x7e]{16,512}$/.test(token)) throw new ConfigError(`${file} does not hold a token; delete it, and a new one is made`)
  return token
}

function isExists (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
