import { SecretError, type SecretBox } from './secret-box.ts'

/**
 * Tokens with which an owner sees in the answer itself what her request has met. Whoever has the installation's secret key can tell a good one: it is when it ends, sealed
 * for one environment. So data planes ask nobody, nothing is stored, and a token ends by its time alone.
 */
export const debugHeader = 'x-imprun-debug'
export const maxDebugSeconds = 3_600

interface EnvironmentName { gatewayId: string, environment: string }

const prefix = 'impd_'
/** What is longer was not made here. */
const shape = /^impd_v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]{22,64}$/

export function sealDebugToken (box: Pick<SecretBox, 'seal'>, environment: EnvironmentName, expiresAt: number): string {
  return `${prefix}${box.seal(String(expiresAt), place(environment))}`
}

/** @param open as `SecretBox` does; whatever else it throws is thrown on. @returns when it ends, in milliseconds since the epoch; `null`: it is no token of this environment */
export function openDebugToken (open: SecretBox['open'], environment: EnvironmentName, token: string): number | null {
  if (!shape.test(token)) return null
  try {
    return Number(open(token.slice(prefix.length), place(environment)))
  } catch (error) {
    if (error instanceof SecretError) return null
    throw error
  }
}

/** No gateway has a hyphen in its name, so no secret of an environment stands here. */
function place ({ gatewayId, environment }: EnvironmentName): string {
  return `debug-token/${gatewayId}/${environment}`
}
