import type { FieldError } from '../errors.ts'
import type { CorsConfig } from './cors.ts'

export const defaultCorsMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

export function checkCors (config: CorsConfig, pointer: string): FieldError[] {
  // Fetch standard, 3.2.5: a response with credentials and the origin * is a network error, so this can never have worked.
  if (config.allowCredentials === true && config.allowOrigins.includes('*')) {
    return [{ pointer: `${pointer}/allowCredentials`, detail: 'must be false where allowOrigins contains "*"; name the origins instead' }]
  }
  return []
}
