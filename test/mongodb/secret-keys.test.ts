import t from 'tap'
import { createSecretKey } from '#shared/secret-box.ts'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'
import { startMongodbServer } from '../support/mongodb-server/start.ts'

t.test('of two control planes of one database that have made a key each, the second one does not start', async t => {
  const server = await startMongodbServer(t, { fsync: false })
  const url = server.databaseUrl()
  const [key, newKey] = [createSecretKey(), createSecretKey()]
  const start = (keys?: string) => forkControlPlane(t, { IMPRUN_DATA_DIR: dataDirectory(t), MONGODB_URL: url, ...(keys !== undefined && { IMPRUN_SECRET_KEY: keys }) })
  t.ok(await start(key).ready)
  t.match(await start().exit, { code: 1, stderr: /^imprun control-plane: IMPRUN_SECRET_KEY, or secret-key in the data directory, lacks the key [^\n]+\n$/ })
  t.ok(await start(`${key},${newKey}`).ready, 'one that can open what the others seal does')
})
