import { hash } from 'node:crypto'
import { hashApiKey } from '#shared/api-key.ts'
import { systemClock, timestamp } from '#shared/clock.ts'
import type { ReleaseRoute } from '#shared/feed.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { archiveKinds, type ArchiveRecord, type StoreArchive } from '../../control-plane/store/copy/archive.ts'
import { servesNothing } from '../../control-plane/store/serving.ts'
import { openSqliteArchive } from '../../control-plane/store/sqlite/archive.ts'
import { callersIn, environment, gatewayIdOf, type Population } from './population.ts'

/** What every gateway of a population serves. */
export interface Served {
  plugins: Plugins
  /** Origin of what its endpoints go to. */
  upstream: string
  /** Names of endpoints, and the paths that they are asked for and ask for. */
  endpoints: Readonly<Record<string, string>>
}

const upstreamName = 'backend'
/** Clients are written with their environment, so one record of these is as large as many others. */
const environmentsPerPage = 20
const recordsPerPage = 2_000

/** Fills the file of an embedded store, as a copy does: the admin API would take minutes for ten thousand clients. */
export async function fillStore (file: string, populations: readonly Population[], served: Served): Promise<void> {
  const archive = await openSqliteArchive(file, systemClock)
  try {
    const at = timestamp(systemClock)
    const recordsOf: Array<[string, number, (population: Population, gateway: number) => ArchiveRecord[]]> = [
      ['gateways', recordsPerPage, (population, gateway) => [gatewayRecord(gatewayIdOf(population, gateway), at)]],
      ['environments', environmentsPerPage, (population, gateway) => [environmentRecord(population, gateway, served, at)]],
      ['functions', recordsPerPage, (population, gateway) => endpointsOf(served, endpoint => functionRecord(gatewayIdOf(population, gateway), endpoint, at))],
      ['functionVersions', recordsPerPage, (population, gateway) => endpointsOf(served, endpoint => versionRecord(gatewayIdOf(population, gateway), endpoint, at))],
      ['releases', recordsPerPage, (population, gateway) => [releaseRecord(gatewayIdOf(population, gateway), served, at)]]
    ]
    for (const [name, perPage, records] of recordsOf) await writeAll(archive, name, perPage, each(populations, records))
    const { id } = await archive.identity()
    await archive.takeIdentity({ id, revision: 1 })
  } finally {
    await archive.close()
  }
}

async function writeAll (archive: StoreArchive, name: string, perPage: number, records: Iterable<ArchiveRecord>): Promise<void> {
  const kind = archiveKinds.find(each => each.name === name)!
  let page: ArchiveRecord[] = []
  for (const record of records) {
    page.push(record)
    if (page.length < perPage) continue
    await archive.write(kind, page)
    page = []
  }
  await archive.write(kind, page)
}

function * each (populations: readonly Population[], records: (population: Population, gateway: number) => ArchiveRecord[]): Generator<ArchiveRecord> {
  for (const population of populations) {
    for (let gateway = 0; gateway < population.gateways; gateway++) yield * records(population, gateway)
  }
}

interface Endpoint {
  name: string
  path: string
  versionId: string
}

function endpointsOf <Made>({ endpoints }: Served, make: (endpoint: Endpoint) => Made): Made[] {
  // The same in all gateways: nothing of a gateway is hashed into the id of a version.
  return Object.entries(endpoints).map(([name, path]) => make({ name, path, versionId: `v${hash('sha256', `${name} ${path}`, 'hex').slice(0, 24)}` }))
}

function gatewayRecord (id: string, at: string): ArchiveRecord {
  const document = { id, name: `Gateway ${id}`, description: '', defaultEnvironment: environment, environments: [environment], config: { plugins: {} }, createdAt: at, updatedAt: at, revision: 1 }
  return { id, document }
}

function environmentRecord (population: Population, gateway: number, { plugins, upstream }: Served, at: string): ArchiveRecord {
  const gatewayId = gatewayIdOf(population, gateway)
  const made = { createdAt: at, updatedAt: at, revision: 1 }
  const document = { gatewayId, name: environment, config: { plugins }, ...servesNothing, lastRelease: 1, release: 1, ...made }
  const clients = callersIn(population, gateway).map(({ clientId, key }) => ({
    id: clientId,
    name: `Client ${clientId}`,
    description: '',
    enabled: true,
    expiresAt: null,
    apiKeyId: hash('sha256', key, 'hex').slice(0, 20),
    keyHash: hashApiKey(key, null),
    keyLast4: key.slice(-4),
    previousKey: null,
    ...made
  }))
  const upstreams = [{ name: upstreamName, url: upstream, timeouts: {}, ...made }]
  return { gatewayId, name: environment, document, clients, variables: [], upstreams }
}

function functionRecord (gatewayId: string, { name, path, versionId }: Endpoint, at: string): ArchiveRecord {
  const document = { gatewayId, name, latestVersion: versionId, methods: ['GET'], path, upstream: { name: upstreamName }, createdAt: at, updatedAt: at, revision: 1 }
  return { gatewayId, name, document }
}

function versionRecord (gatewayId: string, { name, path, versionId }: Endpoint, at: string): ArchiveRecord {
  const document = {
    gatewayId, functionName: name, id: versionId, number: 1, methods: ['GET'], path, upstream: { name: upstreamName }, entrypoint: '', dependencies: [], author: 'admin', message: '', createdAt: at
  }
  return { gatewayId, functionName: name, id: versionId, number: 1, document, files: {}, bundle: '', sourceMap: '' }
}

function releaseRecord (gatewayId: string, served: Served, at: string): ArchiveRecord {
  const routes = endpointsOf(served, ({ name, path, versionId }): ReleaseRoute => ({ functionName: name, versionId, methods: ['GET'], path, upstream: { name: upstreamName } }))
  const document = { gatewayId, environment, number: 1, use: 'serve', basedOn: null, routes, note: '', origin: { kind: 'deployment' }, author: 'admin', forced: false, createdAt: at }
  return { gatewayId, environment, number: 1, document }
}
