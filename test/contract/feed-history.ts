import type { Test } from 'tap'
import { StoreError, type Store } from '../../control-plane/store/store.ts'
import { client, cloudFunction, createGateway, deployment, environment, ref, route, variable, version } from './documents.ts'
import type { OpenStore } from './harness.ts'
import { createReader } from './reader.ts'

const gateways = ['alpha', 'bravo']
const environments = ['dev', 'staging', 'beta']
const scopes = [null, ['dev'], ['dev', 'beta'], ['prod']]
const steps = 400

/**
 * The invariant that the particular cases are cases of: a reader that has followed, however seldom it came, holds what a snapshot
 * would give it. Random writes make histories that nobody thinks of; the seed is printed, and reproduces one.
 */
export function feedHistoryContract (t: Test, open: OpenStore): void {
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
    t.ok(writes > steps / 4, `seed ${seed}: ${writes} of ${steps} steps wrote something`)
  })
}

/** Many random writes are refused; that is what the codes are for. Anything else that is thrown is a failure. */
async function attempt (write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (error instanceof StoreError && ['not_found', 'exists', 'is_default'].includes(error.code)) return false
    throw error
  }
}

type Random = (below: number) => number

async function randomWrite (store: Store, random: Random, step: number): Promise<unknown> {
  const gatewayId = gateways[random(gateways.length)]!
  const name = environments[random(environments.length)]!
  const where = ref(gatewayId, name)
  const gateway = await store.getGateway(gatewayId)
  const found = await store.getEnvironment(gatewayId, name)
  const clientId = `c${random(4)}`
  const held = await store.getClient(where, clientId)
  switch (random(14)) {
    case 0: return await createGateway(store, gatewayId)
    case 1: return random(3) === 0 ? await store.deleteGateway(gatewayId, gateway?.revision ?? 0) : await createGateway(store, gatewayId)
    case 2: return await store.createEnvironment(environment(gatewayId, name))
    case 3: return await store.deleteEnvironment(gatewayId, name, found?.revision ?? 0)
    case 4: return await store.removeClient(where, clientId, held?.revision ?? 0)
    case 5: return await store.replaceClient(where, client(clientId, { keyHash: `hash ${step}` }), held?.revision ?? 0)
    case 6: return await store.putVariable(where, variable('A', String(step)), (await store.getVariable(where, 'A'))?.revision ?? null)
    case 7: case 8: return await store.addClient(where, client(clientId, { keyHash: `hash ${step}` }))
    default: return await randomDeployment(store, random, gatewayId, name)
  }
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
