import { readdir } from 'node:fs/promises'
import path from 'node:path'

/** The user inside: PostgreSQL refuses to run as root. No such user has to exist outside. */
export const USER = 5432

/** The command line that runs a program inside, as the unprivileged user. */
export function inside (root: string, program: string, ...args: string[]): [string, string[]] {
  return ['/usr/sbin/chroot', [`--userspec=${USER}:${USER}`, root, program, ...args]]
}

/** Where PostgreSQL's programs are, seen from inside. */
export async function programs (root: string): Promise<string> {
  const versions = (await readdir(path.join(root, 'usr/lib/postgresql'))).sort()
  return `/usr/lib/postgresql/${versions.at(-1)!}/bin`
}
