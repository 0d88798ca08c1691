/** SQLite's primary result codes, https://www.sqlite.org/rescode.html; 0 for errors of another kind. */
export function sqliteCode (error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : 0
}

export const sqliteBusy = 5
const locked = 6
const readOnly = 8
const corrupt = 11
const full = 13
const notADatabase = 26

/** The file's contents are not what SQLite has written. */
export function isDamage (error: unknown): boolean {
  return [corrupt, notADatabase].includes(sqliteCode(error))
}

/** Says nothing about the file's contents: fetching them anew would not help, or would throw away good ones. */
export function isPassing (error: unknown): boolean {
  if ([sqliteBusy, locked, readOnly, full].includes(sqliteCode(error))) return true
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'ENOSPC', 'EROFS', 'EMFILE'].includes(String(error.code))
}
