import type { ClientSession } from 'mongodb'
import type { Clock } from '#shared/clock.ts'
import { kvLimits, maxKvAnswerBytes, type KvAnswer, type KvOperation, type KvRequest } from '#shared/kv.ts'
import { trackUsage, type KvBook } from '../kv/entries.ts'
import { applyKvOperation, costOf, largestCost, noEnvironment, type KvStoreLimits } from '../kv/rules.ts'
import type { EnvironmentRef, Store } from '../store.ts'
import { idOf } from './collections.ts'
import { loadEntries, loadExpired, writeEntries } from './kv-entries.ts'
import { sweepKvEntries } from './kv-sweep.ts'
import { openKvView, type KvView, type LoadedEntries } from './kv-view.ts'
import type { Context } from './operations.ts'
import { createNamedTurns } from './turns.ts'

/** Environments of a batch that are worked on at once. */
const lanes = 8

interface Outcome { answers: KvAnswer[], book: KvBook, view: KvView }

/**
 * Each environment of a batch has a transaction of its own, however many operations there are: what they may need is read first, then they are
 * carried out in memory, then what has changed is written. The clock stands still for them.
 */
export function kvOperations ({ collections, inTransaction }: Pick<Context, 'collections' | 'inTransaction'>, clock: Clock, limits: KvStoreLimits): Pick<Store, 'applyKv' | 'sweepKv'> {
  // Those of this process wait for each other rather than to collide.
  const inTurn = createNamedTurns()

  const carryOut = (operations: readonly KvOperation[], loaded: LoadedEntries, book: KvBook, now: number): Outcome => {
    const view = openKvView(loaded)
    const usage = trackUsage(book)
    return { answers: operations.map(operation => applyKvOperation({ entries: view, usage, limits, now }, operation)), book, view }
  }
  const change = async (ref: EnvironmentRef, operations: readonly KvOperation[], now: number, session: ClientSession): Promise<KvAnswer[]> => {
    const _id = idOf(ref.gatewayId, ref.environment)
    // Made and taken away with the environment, and changed by every change of its entries: of those who have read the same, one commits.
    const sums = await collections.kvUsage.findOne({ _id }, { projection: { keys: 1, bytes: 1, lastVersion: 1 }, session })
    if (sums === null) return operations.map(() => noEnvironment)
    const loaded = await loadEntries(collections, ref, operations, now, session)
    let outcome = carryOut(operations, loaded, { sums: { ...sums }, isChanged: false }, now)
    if (outcome.view.lacksExpired()) {
      outcome = carryOut(operations, await loadExpired(collections, ref, loaded, now, session), { sums: { ...sums }, isChanged: false }, now)
    }
    const { answers, book: { sums: { keys, bytes, lastVersion }, isChanged }, view } = outcome
    if (isChanged) {
      await collections.kvUsage.updateOne({ _id }, { $set: { keys, bytes, lastVersion } }, { session })
      await writeEntries(collections, ref, view, session)
    }
    return answers
  }
  const look = async (ref: EnvironmentRef, operations: readonly KvOperation[], now: number): Promise<KvAnswer[]> => {
    const sums = await collections.kvUsage.findOne({ _id: idOf(ref.gatewayId, ref.environment) })
    if (sums === null) return operations.map(() => noEnvironment)
    return carryOut(operations, await loadEntries(collections, ref, operations, now), { sums, isChanged: false }, now).answers
  }
  const applyGroup = async ({ ref, operations }: Group, now: number): Promise<KvAnswer[]> => {
    if (operations.every(({ op }) => op === 'get' || op === 'list')) return await look(ref, operations, now)
    return await inTurn(idOf(ref.gatewayId, ref.environment), async () => await inTransaction(async session => await change(ref, operations, now, session)))
  }

  return {
    applyKv: async requests => {
      const now = clock.now()
      const answers: KvAnswer[] = []
      let answerBytes = 0
      while (answers.length < requests.length && answerBytes <= maxKvAnswerBytes) {
        const round = roundOf(requests.slice(answers.length), maxKvAnswerBytes - answerBytes)
        const answered = await inGroups(round, async group => await applyGroup(group, now))
        for (const answer of answered) answerBytes += costOf(answer)
        answers.push(...answered)
      }
      return answers
    },
    sweepKv: async limit => await sweepKvEntries(collections, inTransaction, clock.now(), limit)
  }
}

/** The first ones, of which no answer can turn out to be one too many: nothing is to be done that is not answered. */
function roundOf (requests: readonly KvRequest[], budget: number): readonly KvRequest[] {
  let cost = 0
  const end = requests.findIndex(({ operation }) => (cost += largestCost(operation, kvLimits)) > budget)
  return end === -1 ? requests : requests.slice(0, Math.max(1, end))
}

/** The operations of a batch that are for one environment, in their order. */
interface Group { ref: EnvironmentRef, operations: KvOperation[], places: number[] }

/** @returns the answers in the order of the requests */
async function inGroups (requests: readonly KvRequest[], apply: (group: Group) => Promise<KvAnswer[]>): Promise<KvAnswer[]> {
  const groups = new Map<string, Group>()
  for (const [place, { operation, ...ref }] of requests.entries()) {
    const name = idOf(ref.gatewayId, ref.environment)
    const group = groups.get(name) ?? { ref, operations: [], places: [] }
    groups.set(name, group)
    group.operations.push(operation)
    group.places.push(place)
  }
  const answers = new Map<number, KvAnswer>()
  const waiting = groups.values()
  const lane = async (): Promise<void> => {
    for (const group of waiting) {
      const found = await apply(group)
      for (const [index, place] of group.places.entries()) answers.set(place, found[index]!)
    }
  }
  // All of them have come to their end before the first fault is told.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(lanes, groups.size) }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return requests.map((_request, place) => answers.get(place)!)
}
