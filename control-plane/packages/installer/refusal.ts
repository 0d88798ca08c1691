import type { InstallRefusal } from '../messages.ts'

/** A package, or all of them together, that cannot be used. The text is for whoever publishes the function. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** An error of npm's libraries. They put what it is about in one member or another. */
interface LibraryError extends Error {
  code: string
  /** `name@specifier` */
  pkgid?: string
  package?: string
  /** Of ETARGET, where `name` is the package's. */
  wanted?: string
  requiredBy?: string
}

/** `null`: nothing that the packages or the registry are known to be to blame for. Addresses stay out of the texts. */
export function refusalOf (error: unknown): InstallRefusal | null {
  if (error instanceof Refused) return { reason: 'refused', detail: error.message }
  if (!isLibraryError(error)) return null
  const detail = describe(error)
  if (detail !== null) return { reason: 'refused', detail }
  return isUnavailable(error.code) ? { reason: 'unavailable', detail: `The npm registry does not answer as it should (${error.code}).` } : null
}

function isLibraryError (error: unknown): error is LibraryError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

function describe (error: LibraryError): string | null {
  switch (error.code) {
    case 'E404': return `${subject(error)} is not in the registry.`
    case 'ETARGET': return `No version in the registry is ${error.name}@${error.wanted}${needed(error)}.`
    case 'EINTEGRITY': return `${subject(error)} is not what its integrity says: the registry sends something else.`
    case 'EALLOWGIT':
    case 'EALLOWREMOTE':
    case 'EALLOWFILE':
    case 'EALLOWDIRECTORY': return `${subject(error)} does not come from the registry, and nothing else can be a dependency.`
    case 'ERESOLVE': return 'The dependencies contradict each other: packages need different versions of the same peer.'
    case 'EINVALIDPACKAGENAME':
    case 'EINVALIDTAGNAME':
    case 'EUNSUPPORTEDPROTOCOL': return `A dependency of a package cannot be understood: ${error.message}`
    case 'EMANIFESTMISMATCH': return error.message
    default: return null
  }
}

function subject (error: LibraryError): string {
  return `${error.pkgid ?? error.package ?? 'A package'}${needed(error)}`
}

/** `node_modules/a/node_modules/b`; the function itself is a dot. */
function needed ({ requiredBy }: LibraryError): string {
  return requiredBy === undefined || requiredBy === '.' ? '' : `, which ${requiredBy} needs,`
}

/** Other answers than the ones that it should give, none at all, or no connection. */
function isUnavailable (code: string): boolean {
  return /^E[45]\d\d$/.test(code) || code.includes('CERT') || code.includes('SSL') || [
    'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'EPROTO', 'ETIMEDOUT',
    'ECONNECTIONTIMEOUT', 'EIDLETIMEOUT', 'ERESPONSETIMEOUT', 'ETRANSFERTIMEOUT', 'ERR_SOCKET_TIMEOUT', 'FETCH_ERROR', 'ENOVERSIONS'
  ].includes(code)
}
