import { scope } from '../scope.ts'

/** Stands in for `tr46` inside `whatwg-url`, which asks only for domains that are not ASCII. */
export function toASCII (domain: string, options: object): string | null {
  return scope.use('idna').toASCII(domain, options)
}
