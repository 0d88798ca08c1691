import type { Test } from 'tap'
import { StoreError, type EnvironmentRef, type Store } from '../../control-plane/store/store.ts'
import { client, cloudFunction, createGateway, deployment, environment, ref, route, variable, version } from './documents.ts'
import type { OpenStore } from './harness.ts'
import { createReader } from './reader.ts'

const gateways = ['alpha', 'bravo']
const environments = ['dev', 'staging', 'beta']
const scopes = [null, ['dev'], ['dev', 'beta'], ['prod']]

/**
 * The invariant that the particular cases are cases of: a reader that has followed, however seldom it came, holds what a snapshot
 * would give it. Random writes make histories that nobody thinks of; the seed is printed, and reproduces one.
 */
export function feedHistoryContract (t: Test, open: OpenStore, steps: number): void {
  t.test('whatever happens, a reader that follows holds what a snapshot says', async t => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = createRandom(seed)
    const { store } = await open(t, { changesRetained: 60 })
    const readers = scopes.flatMap(scope => [{ scope, pause: 2 }, { scope, pause: 20 }, { scope, pause: 90 }])
      .map(({ scope, pause }) => ({ scope, pause, reader: createReader(scope) }))
    let writes = 0
    for (let step = 0; step < steps; step++) {
      if (await attempt(() => randomWrite(store, random, step))) writes++
      for (const { scope, pause, reader } of readers) {
        if (random(pause) !== 0 && step !== steps - 1) continue
        await reader.catchUp(store)
        const fresh = createReader(scope)
        await fresh.catchUp(store)
        if (JSON.stringify(reader.state()) !== JSON.stringify(fresh.state())) {
          t.strictSame(reader.state(), fresh.state(), `seed ${seed}, step ${step}, scope ${JSON.stringify(scope)}`)
          return
        }
      }
    }
    t.equal(await store.revision(), writes, `seed ${seed}: as many revisions as writes`)
    t.ok(writes > steps / 2, `seed ${seed}: ${writes} of ${steps} steps wrote something`)
  })
}

/** Some random writes are refused; that is what the codes are for. Anything else that is thrown is a failure. */
async function attempt (write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (error instanceof StoreError && error.code === 'exists') return false
    throw error
  }
}

type Random = (below: number) => number

async function randomWrite (store: Store, random: Random, step: number): Promise<unknown> {
  const gatewayId = gateways[random(gateways.length)]!
  const name = environments[random(environments.length)]!
  const gateway = await store.getGateway(gatewayId)
  if (gateway === null) return await createGateway(store, gatewayId)
  const found = await store.getEnvironment(gatewayId, name)
  if (found === null) return await store.createEnvironment(environment(gatewayId, name))
  const where = ref(gatewayId, name)
  switch (random(16)) {
    case 0: return await store.deleteGateway(gatewayId, gateway.revision)
    case 1: return await store.deleteEnvironment(gatewayId, name, found.revision)
    case 2: return await createGateway(store, gatewayId)
    case 3: return await store.putVariable(where, variable('A', String(step)), (await store.getVariable(where, 'A'))?.revision ?? null)
    case 4: case 5: case 6: case 7: case 8: return await randomClient(store, random, where, step)
    default: return await randomDeployment(store, random, gatewayId, name)
  }
}

async function randomClient (store: Store, random: Random, where: EnvironmentRef, step: number): Promise<unknown> {
  const draft = client(`c${random(4)}`, { keyHash: `hash ${step}` })
  const held = await store.getClient(where, draft.id)
  if (held === null) return await store.addClient(where, draft)
  return random(2) === 0 ? await store.removeClient(where, draft.id, held.revision) : await store.replaceClient(where, draft, held.revision)
}

async function randomDeployment (store: Store, random: Random, gatewayId: string, name: string): Promise<unknown> {
  const functionName = random(2) === 0 ? 'list' : 'get'
  const id = `${functionName}-${random(3)}`
  const basedOn = (await store.getEnvironment(gatewayId, name))?.release ?? null
  const before = basedOn === null ? [] : (await store.getRelease(ref(gatewayId, name), basedOn))?.routes ?? []
  const others = before.filter(other => other.functionName !== functionName)
  const routes = random(4) === 0 ? others : [...others, route(functionName, id)]
  const there = await store.getFunction(gatewayId, functionName)
  return await store.saveFunction(
    cloudFunction(gatewayId, functionName, id), version(gatewayId, functionName, id), there?.revision ?? null, deployment(name, routes, basedOn)
  )
}

/** A linear congruential generator modulo 2^31 (constants of POSIX `rand`): the low bits are poor, so the high ones are used. */
function createRandom (seed: number): Random {
  let state = seed
  return below => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor(state / 0x80000000 * below)
  }
}
