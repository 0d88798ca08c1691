import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { ConfigError, type Config } from '#shared/config.ts'
import { createSecretKey, parseSecretKeys, SecretError, secretKeyFile, type SecretBox } from '#shared/secret-box.ts'
import type { Store } from './store/store.ts'

/** What the first key of the installation has sealed, in the place of its own name. */
const sealedSetting = 'sealedWithSecretKey'

/** The setting where there is one, else what `secret-key` in the data directory holds, which is made once. The first one seals. */
export async function settleSecretKeys ({ secretKeys, dataDir }: Pick<Config, 'secretKeys' | 'dataDir'>): Promise<string[]> {
  if (secretKeys !== null) return secretKeys
  const file = secretKeyFile(dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const text = await readIfThere(file) ?? await make(file)
  const keys = parseSecretKeys(text)
  if (keys === null) throw new ConfigError(`${file} does not hold keys of 32 bytes in base64url; what it held opens the secrets that are stored`)
  return keys
}

/**
 * Control planes of one store seal with keys that all of them have: what one seals, the data planes of the others must be able to open.
 * @throws {ConfigError} where no key here opens what was sealed by whoever started last
 */
export async function agreeOnSecretKeys (store: Pick<Store, 'initSetting' | 'putSetting'>, secretBox: SecretBox): Promise<void> {
  const seal = (): string => secretBox.seal('agreed', sealedSetting)
  const sealed = await store.initSetting(sealedSetting, seal())
  try {
    secretBox.open(sealed, sealedSetting)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new ConfigError('IMPRUN_SECRET_KEY, or secret-key in the data directory, lacks the key that seals the secrets of this store; all its control planes need that one')
  }
  if (secretBox.isStale(sealed)) await store.putSetting(sealedSetting, seal())
}

/** Whole and on the disk before it has its name: with a key that is lost, all that it has sealed is lost. */
async function make (file: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${createSecretKey()}\n`)
    await handle.sync()
    await link(draft, file)
  } catch (error) {
    // Another process was faster: its key holds.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await handle.close()
    await rm(draft)
  }
  return await readFile(file, 'utf8')
}

async function readIfThere (file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
