import { writeSync } from 'node:fs'
import { systemClock } from '#shared/clock.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { client, cloudFunction, createGateway, deployment, keyHash, pipeline, ref, route, version } from '../contract/documents.ts'

/**
 * Writes to a store until it is killed: `node kill-nine-writer.ts FILE ROUND`. Before each write it says on standard output what will be
 * true after it, and when the write is acknowledged it says so. Both are written synchronously, so what was said was heard.
 */
export type Said = { intends: Array<[thing: string, value: string | number | null]> } | { acknowledged: number }

const [file, round] = process.argv.slice(2)
if (file === undefined || round === undefined) throw new Error('usage: kill-nine-writer.ts FILE ROUND')
const store = await openSqliteStore({ file, clock: systemClock })
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!
for (let step = 0; ; step++) await writeOne(store, `${round}x${step}`)

function say (said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`)
}

/** Whatever is possible where the dice fell; nothing where nothing is. */
async function writeOne (store: Store, tag: string): Promise<void> {
  const gateways = (await store.listGateways({ limit: 100, after: null })).items
  if (gateways.length < 3 || (gateways.length < 12 && Math.random() < 0.1)) return await makeGateway(store, `g${tag}`)
  const { id, revision } = pick(gateways)
  if (gateways.length > 6 && Math.random() < 0.05) {
    say({ intends: [[id, null]] })
    return say({ acknowledged: await store.deleteGateway(id, revision) })
  }
  await pick([addClient, changeClient, deploy, promote])(store, id, tag)
}

async function makeGateway (store: Store, id: string): Promise<void> {
  say({ intends: [[id, `Gateway ${id}`], ...pipeline.map((name): [string, string] => [`${id}/${name}`, 'release null'])] })
  say({ acknowledged: (await createGateway(store, id)).revision })
}

async function addClient (store: Store, gatewayId: string, tag: string): Promise<void> {
  const environment = pick(pipeline)
  say({ intends: [[`${gatewayId}/${environment}/c${tag}`, keyHash(`c${tag}`)]] })
  say({ acknowledged: (await store.addClient(ref(gatewayId, environment), client(`c${tag}`))).revision })
}

/** A new key for it, or its end. */
async function changeClient (store: Store, gatewayId: string, tag: string): Promise<void> {
  const where = ref(gatewayId, pick(pipeline))
  const { items } = await store.listClients(where, { limit: 100, after: null })
  if (items.length === 0) return
  const { id, revision } = pick(items)
  const thing = `${gatewayId}/${where.environment}/${id}`
  if (Math.random() < 0.3) {
    say({ intends: [[thing, null]] })
    return say({ acknowledged: await store.removeClient(where, id, revision) })
  }
  say({ intends: [[thing, keyHash(`key ${tag}`)]] })
  say({ acknowledged: (await store.replaceClient(where, client(id, { keyHash: keyHash(`key ${tag}`) }), revision)).revision })
}

async function deploy (store: Store, gatewayId: string, tag: string): Promise<void> {
  const basedOn = (await store.getEnvironment(gatewayId, 'dev'))!.release
  const found = await store.getFunction(gatewayId, 'list')
  say({ intends: [[`${gatewayId}/#list`, `v${tag}`], [`${gatewayId}/dev`, `release ${(basedOn ?? 0) + 1}`]] })
  const { fn } = await store.saveFunction(
    cloudFunction(gatewayId, 'list', `v${tag}`), version(gatewayId, 'list', `v${tag}`), found?.revision ?? null,
    deployment('dev', [route('list', `v${tag}`)], basedOn)
  )
  say({ acknowledged: fn.revision })
}

async function promote (store: Store, gatewayId: string): Promise<void> {
  const from = (await store.getEnvironment(gatewayId, 'dev'))!.release
  if (from === null) return
  const { routes } = (await store.getRelease(ref(gatewayId, 'dev'), from))!
  const basedOn = (await store.getEnvironment(gatewayId, 'prod'))!.release
  say({ intends: [[`${gatewayId}/prod`, `release ${(basedOn ?? 0) + 1}`]] })
  say({ acknowledged: (await store.createRelease(gatewayId, deployment('prod', routes, basedOn, { origin: { kind: 'promotion', environment: 'dev', release: 1 } }))).revision })
}
