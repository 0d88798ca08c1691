import { hashApiKey } from '#shared/api-key.ts'
import { systemClock, timestamp } from '#shared/clock.ts'
import { bundle, type Bundle } from '../../control-plane/build/bundle.ts'
import { Compiler } from '../../control-plane/build/compiler.ts'
import { archiveKinds, type ArchiveRecord, type StoreArchive } from '../../control-plane/store/copy/archive.ts'
import { servesNothing } from '../../control-plane/store/serving.ts'
import { openSqliteArchive } from '../../control-plane/store/sqlite/archive.ts'
import { client, cloudFunction, gateway, keyHash, route, version } from '../../test/contract/documents.ts'
import { pages } from '../store/fill.ts'
import { callersIn, environments, functionName, functionPath, gatewayIdOf, type Caller } from './population.ts'

const whoami = `export default function (ctx) {
  return { gateway: ctx.gateway.id, environment: ctx.environment, client: ctx.client.id }
}
`

/**
 * Fills the file of an embedded store, as a copy does: the admin API would take hours.
 * @param source of the function that all gateways have; by default it answers with who has asked
 */
export async function fillStore (file: string, gateways: number, source = whoami): Promise<void> {
  const archive = await openSqliteArchive(file, systemClock)
  try {
    const built = await build(source)
    const at = timestamp(systemClock)
    // Of all gateways: what is hashed into it is the same for all.
    const versionId = `v${keyHash(source).slice(0, 24)}`
    const recordsOf: Array<[string, (gatewayId: string, number: number) => Iterable<ArchiveRecord>]> = [
      ['gateways', gatewayId => [{ id: gatewayId, document: { ...gateway(gatewayId, { createdAt: at, updatedAt: at }), revision: 1 } }]],
      ['environments', (gatewayId, number) => environments.map(name => environmentRecord(gatewayId, name, callersIn(number, name), at))],
      ['functions', gatewayId => [{ gatewayId, name: functionName, document: { ...cloudFunction(gatewayId, functionName, versionId), createdAt: at, updatedAt: at, revision: 1 } }]],
      ['functionVersions', gatewayId => [versionRecord(gatewayId, versionId, source, built)]],
      ['releases', gatewayId => environments.map(name => releaseRecord(gatewayId, name, versionId, at))]
    ]
    for (const [name, recordsOfGateway] of recordsOf) await writeAll(archive, name, each(gateways, recordsOfGateway))
    const { id } = await archive.identity()
    await archive.takeIdentity({ id, revision: 1 })
  } finally {
    await archive.close()
  }
}

async function writeAll (archive: StoreArchive, name: string, records: Iterable<ArchiveRecord>): Promise<void> {
  const kind = archiveKinds.find(each => each.name === name)!
  for (const page of pages(records, 2_000)) await archive.write(kind, page)
}

function * each (gateways: number, recordsOfGateway: (gatewayId: string, number: number) => Iterable<ArchiveRecord>): Generator<ArchiveRecord> {
  for (let number = 0; number < gateways; number++) yield * recordsOfGateway(gatewayIdOf(number), number)
}

function environmentRecord (gatewayId: string, name: string, callers: Caller[], at: string): ArchiveRecord {
  const document = { gatewayId, name, config: { plugins: {} }, ...servesNothing, lastRelease: 1, release: 1, createdAt: at, updatedAt: at, revision: 1 }
  const clients = callers.map(({ clientId, key }) =>
    ({ ...client(clientId, { apiKeyId: `k${keyHash(clientId).slice(0, 19)}`, keyHash: hashApiKey(key, null), keyLast4: key.slice(-4), createdAt: at, updatedAt: at }), revision: 1 }))
  return { gatewayId, name, document, clients, variables: [], upstreams: [] }
}

function versionRecord (gatewayId: string, versionId: string, source: string, { bundle, sourceMap }: Bundle): ArchiveRecord {
  const { files, bundle: _, sourceMap: __, ...document } = { ...version(gatewayId, functionName, versionId), path: functionPath, files: { 'index.ts': source }, number: 1 }
  return { gatewayId, functionName, id: versionId, number: 1, document, files, bundle, sourceMap }
}

function releaseRecord (gatewayId: string, environment: string, versionId: string, at: string): ArchiveRecord {
  const document = {
    gatewayId, environment, number: 1, use: 'serve', basedOn: null, routes: [route(functionName, versionId)], note: '', origin: { kind: 'deployment' }, author: 'admin', forced: false, createdAt: at
  }
  return { gatewayId, environment, number: 1, document }
}

/** As saving the function does it. */
async function build (source: string): Promise<Bundle> {
  const compiler = new Compiler()
  try {
    return await bundle(compiler, { files: new Map([['index.ts', source]]), entrypoint: 'index.ts', pointer: () => '/source' })
  } finally {
    await compiler.close()
  }
}
