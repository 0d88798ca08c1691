import type { Test } from 'tap'
import { startServer, type MongodbServer, type MongodbServerOptions } from './server.ts'
import { isSetUp } from './setup.ts'

/** The first time on a machine takes longer than a test may: packages are downloaded, or another test is seen to be doing it. */
const SETUP_TIMEOUT_MS = 360_000

/**
 * A server of the test's own, for as long as the test runs: about a second. Tests that need nothing of it but a database take one each.
 * @param t the file's own, not a part of it: it is the file that gets the time for the set-up
 */
export async function startMongodbServer (t: Test, options: MongodbServerOptions = {}): Promise<MongodbServer> {
  if (!await isSetUp()) t.setTimeout(SETUP_TIMEOUT_MS)
  const server = await startServer(options)
  t.teardown(async () => { await server.close() })
  return server
}
