import type { Clock } from '#shared/clock.ts'
import { authenticationMethods } from '#shared/plugins/authentication-names.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { ClientApp } from '../../store/documents.ts'
import type { Draft } from '../../store/store.ts'
import type { Check, Finding } from './check.ts'

const maxNames = 10

/** Whether anybody can call what is about to be released. */
export function createClientCheck (clock: Clock): Check {
  return async ({ target }) => {
    if (!asksForKeys(target.plugins)) return []
    const enabled = (await target.clients()).filter(client => client.enabled)
    if (enabled.length === 0) {
      return [{ severity: 'warning', code: 'no_clients', message: `${target.name} asks for the key of a client and has none that is enabled: nobody can call it.` }]
    }
    const faults = enabled.flatMap(client => keyFault(client, clock.now()) ?? [])
    return faults.length === 0 ? [] : [withoutKey(target.name, faults)]
  }
}

/** Whether nobody gets in without the key of a client. */
function asksForKeys (plugins: Plugins): boolean {
  const methods = authenticationMethods.filter(name => plugins[name] !== undefined)
  return plugins.none === undefined && methods.every(name => name === 'key-auth' || name === 'basic-auth')
}

/** Why no key of this client is of use. */
function keyFault ({ name, expiresAt, keyIsUnseen }: Draft<ClientApp>, now: number): string | null {
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return `"${name}" has expired`
  return keyIsUnseen === true ? `"${name}" was imported, and its key has to be regenerated` : null
}

function withoutKey (environment: string, faults: readonly string[]): Finding {
  const more = faults.length - maxNames
  const list = [...faults.slice(0, maxNames), ...(more > 0 ? [`${more} more`] : [])].join('; ')
  return { severity: 'warning', code: 'client_without_key', message: `Enabled clients of ${environment} that have no valid key: ${list}.` }
}
