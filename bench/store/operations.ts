import { randomUUID } from 'node:crypto'
import type { Store } from '../../control-plane/store/store.ts'
import { client, createGateway, keyHash, ref } from '../../test/contract/documents.ts'
import { clientNameOf, environmentsOf, gatewayIdOf } from './fill.ts'

/** Changes of which one reading of the feed brings all. */
const feedChanges = 100

export interface Operation {
  name: string
  /** How often it is measured where others are measured `samples` times. */
  share: number
  /** @param gateways of the store when it was filled; @throws where the answer is not right */
  run: (store: Store, gateways: number) => Promise<void>
}

let made = 0
const fresh = (): string => `x${String(++made).padStart(7, '0')}`
const anyGateway = (gateways: number): string => gatewayIdOf(1 + Math.floor(Math.random() * gateways))

export const operations: Operation[] = [
  {
    name: 'create gateway',
    share: 1,
    run: async store => { await createGateway(store, fresh()) }
  },
  {
    name: 'add client',
    share: 1,
    run: async (store, gateways) => {
      const id = randomUUID()
      await store.addClient(ref(anyGateway(gateways), 'dev'), client(id))
    }
  },
  {
    name: 'look up by key hash',
    share: 5,
    run: async (store, gateways) => {
      const gatewayId = anyGateway(gateways)
      const environment = environmentsOf[Math.floor(Math.random() * environmentsOf.length)]!
      const found = await store.findClientByKeyHash(keyHash(clientNameOf(gatewayId, environment)))
      if (found?.environment.gatewayId !== gatewayId || found.environment.environment !== environment) throw new Error(`the key of ${gatewayId} led elsewhere`)
    }
  },
  {
    name: 'list 100 gateways',
    share: 1,
    run: async (store, gateways) => {
      const after = gatewayIdOf(Math.floor(gateways / 2))
      const { items } = await store.listGateways({ limit: 100, after })
      if (items.length !== 100 || items[0]!.id <= after) throw new Error('the page is not the one that was asked for')
    }
  },
  {
    name: `feed, ${feedChanges} changes`,
    share: 0.1,
    run: async (store, gateways) => {
      const head = await store.revision()
      const messages = await Array.fromAsync(store.readFeed({ store: store.id, after: head - feedChanges, environments: null }))
      const [begin, commit] = [messages[0], messages.at(-1)]
      if (begin?.type !== 'begin' || begin.snapshot || commit?.type !== 'commit' || commit.revision !== head) throw new Error(`the feed of ${gateways} gateways is not what was asked for`)
    }
  }
]
