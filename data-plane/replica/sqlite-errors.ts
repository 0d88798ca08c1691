import { ReplicaDamaged } from './errors.ts'

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html; 0 for errors of another kind. */
export function sqliteCode (error: unknown): number {
  return extendedCode(error) & 0xff
}

function extendedCode (error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : 0
}

export const sqliteBusy = 5
const locked = 6
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const constraint = 19
const notADatabase = 26
/** Of reading: the medium does not give back what it was given. The others are of writing, where there may be room again. */
const unreadable = [ioError | 1 << 8, ioError | 2 << 8, ioError | 32 << 8, ioError | 33 << 8]

/** The file's contents are not what SQLite has written. */
export function isDamage (error: unknown): boolean {
  return error instanceof ReplicaDamaged || [corrupt, notADatabase].includes(sqliteCode(error)) || unreadable.includes(extendedCode(error))
}

/** Says nothing about the file's contents: fetching them anew would not help, or would throw away good ones. */
export function isPassing (error: unknown): boolean {
  if (isDamage(error)) return false
  if ([sqliteBusy, locked, readOnly, ioError, full].includes(sqliteCode(error))) return true
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'EMFILE'].includes(String(error.code))
}

/** Something hangs below what is not there. */
export function isConstraint (error: unknown): boolean {
  return sqliteCode(error) === constraint
}
