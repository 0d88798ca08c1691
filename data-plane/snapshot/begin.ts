import { ConfigError, type Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import { SecretError } from '#shared/secret-box.ts'
import { readSecretKeys } from '../edge/secrets.ts'
import type { ReplicaWriter } from '../replica/writer.ts'
import { SnapshotRefused } from './file.ts'

export type SnapshotConfig = Pick<Config, 'snapshot' | 'serveEnvironments' | 'secretKeys' | 'dataDir'>

/** What the operator has given a data plane to begin with. @throws {ConfigError} where it has nothing else, and this cannot be used */
export async function beginWithSnapshot (config: SnapshotConfig, writer: ReplicaWriter, logger: Logger): Promise<void> {
  const { snapshot: file, serveEnvironments: environments } = config
  if (file === null) return
  // Loaded here: most starts need none of it.
  const { loadSnapshot } = await import('./load.ts')
  try {
    await loadSnapshot({ file, secretKeys: () => readSecretKeys(config), environments, writer, logger })
  } catch (error) {
    if (!(error instanceof SnapshotRefused || error instanceof SecretError)) throw error
    throw new ConfigError(`IMPRUN_SNAPSHOT=${file} is refused: ${error.message}`)
  }
}
