import { createApiKey, hashApiKey } from '#shared/api-key.ts'
import { randomBase62 } from '#shared/base62.ts'
import { timestamp, type Clock } from '#shared/clock.ts'
import { checkCredentials, settledCertificate } from '#shared/client-credentials.ts'
import { Problem } from '#shared/errors.ts'
import { checkPlugins, settledPlugins } from '#shared/plugins/rules.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import { requireEnvironment } from '../existing.ts'
import { createClientId } from '../ids.ts'
import { applyPatch, type Patch } from '../patch.ts'
import { untilUncontended } from '../retry.ts'
import type { ClientApp } from '../store/documents.ts'
import { StoreError, type EnvironmentRef, type Page, type PageRequest, type Store } from '../store/store.ts'
import { compileCheck } from '../validation.ts'
import { clientDraft, type ClientDraft } from './schema.ts'

const checkDraft = compileCheck(clientDraft)

export interface ClientServiceOptions { store: Store, clock: Clock, keyPepper: string | null }
/** The plaintext key leaves here once, in the answer, and is kept nowhere. */
export interface ClientWithKey { client: ClientApp, apiKey: string }

/** The rules of client apps and their keys. */
export class ClientService {
  readonly #store: Store
  readonly #clock: Clock
  readonly #keyPepper: string | null

  constructor ({ store, clock, keyPepper }: ClientServiceOptions) {
    this.#store = store
    this.#clock = clock
    this.#keyPepper = keyPepper
  }

  async list (ref: EnvironmentRef, page: PageRequest): Promise<Page<ClientApp>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listClients(ref, page)
  }

  async get (ref: EnvironmentRef, clientId: string): Promise<ClientApp> {
    const client = await this.#store.getClient(ref, clientId)
    if (client !== null) return client
    await requireEnvironment(this.#store, ref)
    throw new Problem('client_not_found')
  }

  async create (ref: EnvironmentRef, draft: ClientDraft): Promise<ClientWithKey> {
    await requireEnvironment(this.#store, ref)
    const { apiKey, ...key } = createClientKey(ref.environment, this.#keyPepper)
    const now = timestamp(this.#clock)
    const client = await naming(() => this.#store.addClient(ref, {
      id: createClientId(), ...settled(draft, ''), ...key, previousKey: null, createdAt: now, updatedAt: now
    }))
    return { client, apiKey }
  }

  async patch (ref: EnvironmentRef, clientId: string, patch: Patch, precondition: Precondition): Promise<ClientApp> {
    return await this.#replace(ref, clientId, precondition, client => {
      return withDraft(client, settled(applyPatch<ClientDraft>(draftOf(client), patch, checkDraft), ''))
    })
  }

  /** Id, name and whatever is counted by the client stay; the key is another one. The old one dies at once, or after the overlap. */
  async regenerateKey (ref: EnvironmentRef, clientId: string, overlapSeconds: number, precondition: Precondition): Promise<ClientWithKey> {
    const { apiKey, ...key } = createClientKey(ref.environment, this.#keyPepper)
    const expiresAt = new Date(this.#clock.now() + overlapSeconds * 1000).toISOString()
    const client = await this.#replace(ref, clientId, precondition, client => {
      const { apiKeyId, keyHash, keyLast4, keyIsUnseen: _seenNow, ...rest } = client
      return { ...rest, ...key, previousKey: overlapSeconds === 0 ? null : { apiKeyId, keyHash, keyLast4, expiresAt } }
    })
    return { client, apiKey }
  }

  /** @returns the revision of the deletion */
  async delete (ref: EnvironmentRef, clientId: string, precondition: Precondition): Promise<number> {
    return await untilUncontended(async () => {
      const { revision } = await this.get(ref, clientId)
      precondition.check(etagOf(revision))
      return await this.#store.removeClient(ref, clientId, revision)
    })
  }

  async #replace (ref: EnvironmentRef, clientId: string, precondition: Precondition, change: (client: ClientApp) => ClientApp): Promise<ClientApp> {
    return await untilUncontended(async () => {
      const current = await this.get(ref, clientId)
      precondition.check(etagOf(current.revision))
      const { revision, ...draft } = change(current)
      return await naming(() => this.#store.replaceClient(ref, { ...draft, updatedAt: timestamp(this.#clock) }, revision))
    })
  }
}

/** A new key, and what is kept of it. */
export function createClientKey (environment: string, keyPepper: string | null): { apiKey: string } & Pick<ClientApp, 'apiKeyId' | 'keyHash' | 'keyLast4'> {
  const apiKey = createApiKey(environment)
  return { apiKey, apiKeyId: `key_${randomBase62(16)}`, keyHash: hashApiKey(apiKey, keyPepper), keyLast4: apiKey.slice(-4) }
}

type OwnersPart = Pick<ClientApp, 'name' | 'description' | 'enabled' | 'expiresAt' | 'scopes' | 'signingKeys' | 'certificates' | 'plugins'>

/** With the defaults of what is left out. @param pointer where the draft stands in what was sent @throws {Problem} `validation_failed` */
export function settled ({ name, description = '', enabled = true, expiresAt = null, scopes = [], signingKeys = [], certificates = [], ...draft }: ClientDraft, pointer: string): OwnersPart {
  const plugins = settledPlugins(draft.plugins)
  const errors = [...checkCredentials(signingKeys, certificates, pointer), ...plugins === undefined ? [] : checkPlugins(plugins, `${pointer}/plugins`)]
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
  return {
    name,
    description,
    enabled,
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    scopes,
    ...(signingKeys.length > 0 && { signingKeys }),
    ...(certificates.length > 0 && { certificates: certificates.flatMap(certificate => settledCertificate(certificate) ?? []) }),
    ...(plugins && { plugins })
  }
}

/** What its owner has said of a client. */
export function draftOf ({ name, description, enabled, expiresAt, scopes = [], signingKeys, certificates, plugins }: ClientApp): ClientDraft {
  return { name, description, enabled, expiresAt, scopes, ...(signingKeys && { signingKeys }), ...(certificates && { certificates }), ...(plugins && { plugins }) }
}

/** The client with all of that replaced: what is not there any more is gone. */
export function withDraft<Client extends OwnersPart> (client: Client, part: OwnersPart): Client {
  const { signingKeys: _keys, certificates: _certificates, plugins: _plugins, ...rest } = client
  return { ...rest, ...part } as Client
}

async function naming<Result> (write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'exists' && error.field === 'name')) throw error
    throw new Problem('client_name_taken', undefined, { errors: [{ pointer: '/name', detail: 'is taken' }], cause: error })
  }
}
