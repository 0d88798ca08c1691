import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { exists, fetchDebianPackage } from '../debian-package.ts'

/** How to run Redis. */
export interface RedisProgram {
  file: string
  /** Where libraries are that the machine does not have. */
  libraries: string | null
}

const installed = '/usr/bin/redis-server'

/**
 * Debian's `redis-server`: the one that is installed, or one that is fetched.
 * @throws {Error} that says why there is none
 */
export async function findRedis (): Promise<RedisProgram> {
  if (await exists(installed)) return { file: installed, libraries: null }
  const folder = await fetchDebianPackage('redis-server')
  return { file: path.join(folder, installed), libraries: await libraryPath(folder) }
}

async function libraryPath (folder: string): Promise<string> {
  const names = await readdir(path.join(folder, 'usr/lib'))
  return names.map(name => path.join(folder, 'usr/lib', name)).join(':')
}
