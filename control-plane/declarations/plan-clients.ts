import { isDeepStrictEqual } from 'node:util'
import { createClientKey, draftOf, settled, withDraft } from '../clients/service.ts'
import { createClientId } from '../ids.ts'
import type { ClientApp } from '../store/documents.ts'
import { joined, leftOver, type EnvironmentSubject, type Part } from './part.ts'
import type { EnvironmentDocument } from './schema.ts'

type ClientDocument = NonNullable<EnvironmentDocument['clients']>[number]

/** Clients by name: a document knows neither ids nor keys. */
export function planClients (subject: EnvironmentSubject): Part {
  const { gatewayId, environment, wanted, before } = subject
  if (wanted?.clients === undefined) return { steps: [], writes: [] }
  const current = new Map((before?.clients ?? []).map(client => [client.name, client]))
  const named = new Set(wanted.clients.map(({ name }) => name))
  const others = [...current.values()].filter(({ name }) => !named.has(name))
  const removals = others.map(({ id, name, revision }) =>
    leftOver(subject, { resource: 'client', environment, name }, { write: 'removeClient', with: [{ gatewayId, environment }, id, revision] }))
  const plans = wanted.clients.map((client, index) => {
    const there = current.get(client.name)
    const pointer = `${subject.pointer}/clients/${index}`
    return there === undefined ? planNew(subject, client, pointer) : planChange(subject, there, client, pointer)
  })
  // A client that is removed makes room for another one.
  return joined([...removals, ...plans])
}

/** Its key is one that nobody has ever seen. */
function planNew ({ gatewayId, environment, now, keyPepper }: EnvironmentSubject, client: ClientDocument, pointer: string): Part {
  const { apiKey: _apiKey, ...key } = createClientKey(environment, keyPepper)
  const draft = { id: createClientId(), ...settled(client, pointer), ...key, keyIsUnseen: true as const, previousKey: null, createdAt: now, updatedAt: now }
  return {
    steps: [{ action: 'created', resource: 'client', environment, name: client.name, note: 'Regenerate its key to use it.' }],
    writes: [{ write: 'addClient', with: [{ gatewayId, environment }, draft] }]
  }
}

function planChange ({ gatewayId, environment, now }: EnvironmentSubject, before: ClientApp, client: ClientDocument, pointer: string): Part {
  const thing = { resource: 'client', environment, name: before.name } as const
  const { revision, ...rest } = before
  const said = draftOf(before)
  const after = settled({ ...said, ...client }, pointer)
  const members = ['description', 'enabled', 'expiresAt', 'scopes', 'signingKeys', 'certificates', 'plugins'] as const
  const fields = members.filter(member => !isDeepStrictEqual(after[member], said[member])).map(member => `/${member}`)
  if (fields.length === 0) return { steps: [{ action: 'unchanged', ...thing }], writes: [] }
  return {
    steps: [{ action: 'changed', ...thing, fields }],
    writes: [{ write: 'replaceClient', with: [{ gatewayId, environment }, { ...withDraft(rest, after), updatedAt: now }, revision] }]
  }
}
