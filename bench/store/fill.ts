import { timestamp, systemClock } from '#shared/clock.ts'
import { archiveKinds, type ArchiveRecord, type StoreArchive } from '../../control-plane/store/copy/archive.ts'
import { servesNothing } from '../../control-plane/store/serving.ts'
import { client, keyHash } from '../../test/contract/documents.ts'

/** Gateways of a filled store: three environments each, with a client in each. */
export const environmentsOf = ['dev', 'staging', 'prod']

/** `g000042`: ids sort by their numbers. */
export function gatewayIdOf (number: number): string {
  return `g${String(number).padStart(7, '0')}`
}

/** In the key's hash of the client of one environment. */
export function clientNameOf (gatewayId: string, environment: string): string {
  return `${gatewayId}.${environment}`
}

/** Writes so many gateways as a copy does: the admin API would take an hour for what takes a minute so. */
export async function fill (archive: StoreArchive, gateways: number): Promise<void> {
  const at = timestamp(systemClock)
  for (const [name, records] of [['gateways', gatewayRecords(gateways, at)], ['environments', environmentRecords(gateways, at)]] as const) {
    const kind = archiveKinds.find(each => each.name === name)!
    for (const page of pages(records, 500)) await archive.write(kind, page)
  }
  const { id } = await archive.identity()
  await archive.takeIdentity({ id, revision: gateways })
}

function * gatewayRecords (count: number, at: string): Generator<ArchiveRecord> {
  for (let number = 1; number <= count; number++) {
    const id = gatewayIdOf(number)
    const document = {
      id, name: `Gateway ${number}`, description: '', defaultEnvironment: 'prod', environments: environmentsOf, config: { plugins: {} }, createdAt: at, updatedAt: at, revision: number
    }
    yield { id, document }
  }
}

function * environmentRecords (count: number, at: string): Generator<ArchiveRecord> {
  for (let number = 1; number <= count; number++) {
    const gatewayId = gatewayIdOf(number)
    for (const name of environmentsOf) {
      const document = { gatewayId, name, config: { plugins: {} }, ...servesNothing, createdAt: at, updatedAt: at, revision: number }
      const held = client('app', { keyHash: keyHash(clientNameOf(gatewayId, name)), createdAt: at, updatedAt: at })
      yield { gatewayId, name, document, clients: [{ ...held, revision: number }], variables: [], upstreams: [] }
    }
  }
}

export function * pages<Item> (items: Iterable<Item>, size: number): Generator<Item[]> {
  let page: Item[] = []
  for (const item of items) {
    page.push(item)
    if (page.length < size) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}
