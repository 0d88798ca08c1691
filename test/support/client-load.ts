import type { Admin, Answer } from './http.ts'
import { createRandom, type Random } from './random.ts'

export interface LoadOptions {
  /** One for each writer. */
  admins: readonly Admin[]
  /** Path of the environment's clients. */
  path: string
  operations: number
  /** Ends it before. */
  signal?: AbortSignal
  seed: number
}

/** What a writer asked for, and was told has been done. */
type Done =
  | { kind: 'add', id: string, fields: Fields, apiKey: string }
  | { kind: 'patch', id: string, fields: Fields }
  | { kind: 'regenerate', id: string, apiKey: string }
  | { kind: 'remove', id: string }

type Fields = Partial<{ name: string, description: string, enabled: boolean }>

export interface Load {
  /** What was acknowledged, by the revision that it made. */
  acknowledged: Map<number, Done>
  /** Writes whose answers were lost, or that were told to come again: what they are about is in whatever state. */
  unknown: { ids: Set<string>, names: Set<string> }
  unknownWrites: number
  /** How many were refused since somebody else had removed the client, or kept changing it. */
  refused: number
  seed: number
}

/** Clients at a time, about. */
const maxClients = 150

/**
 * Writers that add, change, rotate and remove clients of one environment at once, whoever has made them. Each picks by its own random numbers; in
 * which order they meet is the processes' affair.
 * @throws {Error} at an answer that nothing here can be the reason of, and for a revision that two were told
 */
export async function loadClients ({ admins, path, operations, signal, seed }: LoadOptions): Promise<Load> {
  const load: Load = { acknowledged: new Map(), unknown: { ids: new Set(), names: new Set() }, unknownWrites: 0, refused: 0, seed }
  const ids = new Set<string>()
  let left = operations
  await Promise.all(admins.map(async (admin, writer) => {
    const random = createRandom(seed + writer)
    for (let mark = 1; left-- > 0; mark++) {
      if (signal?.aborted === true) return
      const asked = choose(random, ids, `${writer}-${mark}`)
      const answer = await ask(admin, path, asked)
      const done = settle(load, asked, answer)
      if (done === null) continue
      if (done.kind === 'add') ids.add(done.id)
      if (done.kind === 'remove') ids.delete(done.id)
    }
  }))
  return load
}

/** What has to be there, by id: all that was acknowledged, in the order of its revisions. */
export function replay ({ acknowledged }: Load): Map<string, { fields: Fields, apiKey: string }> {
  const model = new Map<string, { fields: Fields, apiKey: string }>()
  for (const revision of [...acknowledged.keys()].sort((a, b) => a - b)) {
    const done = acknowledged.get(revision)!
    const before = model.get(done.id)
    if (done.kind === 'remove') {
      model.delete(done.id)
      continue
    }
    if (done.kind !== 'add' && before === undefined) throw new Error(`Revision ${revision} changed ${done.id}, which is not there`)
    model.set(done.id, {
      fields: { ...before?.fields, ...('fields' in done && done.fields) },
      apiKey: 'apiKey' in done ? done.apiKey : before!.apiKey
    })
  }
  return model
}

type Asked = { kind: 'add', fields: Fields } | { kind: 'patch', id: string, fields: Fields } | { kind: 'regenerate' | 'remove', id: string }

function choose (random: Random, ids: Set<string>, mark: string): Asked {
  const add = { kind: 'add', fields: { name: `Client ${mark}`, description: '', enabled: true } } as const
  const dice = random.integer(100)
  if (ids.size === 0 || (dice < 40 && ids.size < maxClients)) return add
  const id = [...ids][random.integer(ids.size)]!
  if (dice < 70) return { kind: 'patch', id, fields: [{ description: mark }, { enabled: random.integer(2) === 0 }, { name: `Renamed ${mark}` }][random.integer(3)]! }
  return { kind: dice < 80 ? 'regenerate' : 'remove', id }
}

/** `null`: the connection was lost. */
async function ask (admin: Admin, path: string, asked: Asked): Promise<Answer | null> {
  try {
    switch (asked.kind) {
      case 'add': return await admin('POST', path, asked.fields)
      case 'patch': return await admin('PATCH', `${path}/${asked.id}`, asked.fields)
      case 'regenerate': return await admin('POST', `${path}/${asked.id}/regenerate-key`, {})
      case 'remove': return await admin('DELETE', `${path}/${asked.id}`)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** `null`: nothing that is known has been done. */
function settle (load: Load, asked: Asked, answer: Answer | null): Done | null {
  if (answer === null || answer.status === 503) {
    load.unknownWrites++
    if (asked.kind === 'add') load.unknown.names.add(asked.fields.name!)
    else load.unknown.ids.add(asked.id)
    return null
  }
  if (asked.kind !== 'add' && (answer.status === 404 || answer.status === 409)) {
    load.refused++
    return null
  }
  if (answer.status >= 300) throw new Error(`${asked.kind} answered ${answer.status}: ${answer.text}; seed ${load.seed}`)
  const { id, apiKey } = (answer.json ?? {}) as { id: string, apiKey: string }
  const done: Done = asked.kind === 'add' ? { ...asked, id, apiKey } : asked.kind === 'regenerate' ? { kind: 'regenerate', id: asked.id, apiKey } : asked as Done
  const revision = Number(answer.headers['x-imprun-revision'])
  if (load.acknowledged.has(revision)) throw new Error(`Two were told that they made revision ${revision}; seed ${load.seed}`)
  load.acknowledged.set(revision, done)
  return done
}
