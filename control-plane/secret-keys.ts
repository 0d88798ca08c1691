import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { ConfigError, type Config } from '#shared/config.ts'
import { createSecretKey, parseSecretKeys, secretKeyFile } from '#shared/secret-box.ts'

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
