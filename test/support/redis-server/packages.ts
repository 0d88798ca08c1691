import { findDebianProgram, type DebianProgram } from '../debian-package.ts'

/**
 * Debian's `redis-server`: the one that is installed, or one that is fetched.
 * @throws {Error} that says why there is none
 */
export async function findRedis (): Promise<DebianProgram> {
  return await findDebianProgram('redis-server', '/usr/bin/redis-server')
}
