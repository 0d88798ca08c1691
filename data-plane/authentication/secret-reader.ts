import { SecretError, secretPlace } from '#shared/secret-box.ts'
import type { EnvironmentCompiler, EnvironmentSource } from '../edge/environment.ts'

/**
 * Secrets of an environment that say who calls it. Opened when one is first needed, and kept for as long as the environment is compiled like
 * this. @returns a reader that gives `null`, and tells the log once, where there is none of this name or it cannot be opened
 */
export function createSecretReader ({ gatewayId, environment, value: { secrets } }: EnvironmentSource, { openSecret, logger }: Pick<EnvironmentCompiler, 'openSecret' | 'logger'>): (name: string) => string | null {
  const opened = new Map<string, string | null>()
  const open = (name: string): string | null => {
    if (!Object.hasOwn(secrets, name)) {
      logger.warn({ gatewayId, environment, variable: name }, 'authentication names a secret variable that is not there: nobody is let in by it')
      return null
    }
    try {
      return openSecret(secrets[name]!, secretPlace({ gatewayId, environment }, name))
    } catch (err) {
      if (!(err instanceof SecretError)) throw err
      logger.error({ err, gatewayId, environment, variable: name }, 'a secret of the authentication cannot be opened: nobody is let in by it')
      return null
    }
  }
  return name => {
    let secret = opened.get(name)
    if (secret === undefined) {
      secret = open(name)
      opened.set(name, secret)
    }
    return secret
  }
}
