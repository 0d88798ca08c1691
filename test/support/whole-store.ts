import type { Test } from 'tap'
import { isFunctionRoute } from '#shared/feed.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { keyHash, ref } from '../contract/documents.ts'
import { firstPage } from '../contract/harness.ts'

/** Everything that says of another thing that it is there. For stores of fewer things than a page has, and releases that are all served. */
export async function checkWhole (t: Test, store: Store): Promise<void> {
  for (const gateway of (await store.listGateways(firstPage)).items) {
    const { items } = await store.listEnvironments(gateway.id, firstPage)
    t.strictSame(items.map(item => item.name), [...gateway.environments].sort(), `${gateway.id} has its environments`)
    for (const fn of (await store.listFunctions(gateway.id, firstPage)).items) {
      t.not(await store.getFunctionVersion(gateway.id, fn.name, fn.latestVersion), null, `${gateway.id} has the latest version of ${fn.name}`)
    }
    for (const environment of items) {
      const where = ref(gateway.id, environment.name)
      const releases = (await store.listReleases(where, firstPage)).items
      t.equal(releases[0]?.number ?? null, environment.release, `${gateway.id} ${environment.name} serves its newest release`)
      t.equal(releases.length, environment.release ?? 0)
      const versions = await Promise.all(releases.flatMap(release => release.routes).filter(isFunctionRoute).map(({ functionName, versionId }) =>
        store.getFunctionVersion(gateway.id, functionName, versionId)))
      t.notOk(versions.includes(null), 'the versions that its releases name are stored')

      const clients = (await store.listClients(where, firstPage)).items
      const found = await Promise.all(clients.map(client => store.findClientByKeyHash(client.keyHash)))
      t.strictSame(found, clients.map(client => ({ environment: where, client })), 'its clients are found by their keys')
      const rotated = clients.filter(client => client.keyHash !== keyHash(client.id))
      const first = await Promise.all(rotated.map(client => store.findClientByKeyHash(keyHash(client.id))))
      t.ok(first.every(client => client === null), 'keys that were replaced are dead')
    }
  }
}
