import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'

/** Makes the environment `dev` of a gateway in an embedded store one that does not compile, as no program writes it: what was an object is null. */
export function spoilEnvironment (dataDir: string, gatewayId: string): void {
  const db = new DatabaseSync(path.join(dataDir, 'store.sqlite'))
  db.prepare(`UPDATE environments SET document = json_set(document, '$.config.plugins.cors', json('{"allowOrigins":null}')) WHERE gatewayId = ? AND name = 'dev'`).run(gatewayId)
  db.close()
}
