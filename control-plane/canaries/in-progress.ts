import { Problem } from '#shared/errors.ts'
import type { Environment } from '../store/documents.ts'

/** Whatever else would move what an environment serves waits for its canary. @param instead what else can be done @throws {Problem} `canary_in_progress` */
export function requireNoCanary ({ name, canary }: Pick<Environment, 'name' | 'canary'>, instead = ''): void {
  if (canary === null) return
  throw new Problem('canary_in_progress', `${describeCanary(name, canary.release)} Finish it or drop it first${instead}.`, { extra: { canary: { environment: name, release: canary.release } } })
}

export function describeCanary (environment: string, release: number): string {
  return `${environment} has the canary of release ${release}.`
}
