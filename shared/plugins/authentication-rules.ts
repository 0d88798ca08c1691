import type { FieldError } from '../errors.ts'
import { authenticationMethods } from './authentication-names.ts'
import type { Plugins } from './plugins.ts'

/** What the schemas cannot say of an authentication. @param pointer where the plugins stand in the document */
export function checkAuthentication (plugins: Plugins, pointer: string): FieldError[] {
  const errors: FieldError[] = []
  const methods = authenticationMethods.filter(name => plugins[name] !== undefined)
  if (plugins.none !== undefined && methods.length > 0) {
    errors.push({ pointer: `${pointer}/none`, detail: `cannot stand beside ${methods.join(' and ')}: nobody would be asked for credentials` })
  }
  for (const [index, name] of (plugins.authentication?.order ?? []).entries()) {
    if (plugins[name] === undefined) errors.push({ pointer: `${pointer}/authentication/order/${index}`, detail: `names ${name}, which is not set beside it` })
  }
  const { headers = [] } = plugins['key-auth'] ?? {}
  for (const [index, name] of headers.entries()) {
    if (name.toLowerCase() === 'authorization') errors.push({ pointer: `${pointer}/key-auth/headers/${index}`, detail: 'cannot be authorization; that is what bearer is for' })
  }
  return errors
}
