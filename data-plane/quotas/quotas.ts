import { LRUCache } from 'lru-cache'
import type { Clock } from '#shared/clock.ts'
import type { Logger } from '#shared/log.ts'
import { maxQuotaUses, quotaMatter, type QuotaAnswer, type QuotaRef, type QuotaReport, type QuotaUse } from '#shared/quotas.ts'
import { UplinkError, type Uplink } from '../uplink.ts'
import type { Ledger, LedgerEntry, Spending } from './ledger.ts'

/** What a request wants of a quota. */
export interface QuotaSpend extends QuotaRef {
  /** When the period ends, in milliseconds since the epoch. */
  endsAt: number
  max: number
  cost: number
}

export interface QuotaTaken {
  isTaken: boolean
  /** Of each, by all data planes, as far as this one knows; with what was taken. */
  used: number[]
}

/** What was taken turns out to be more, or less. */
export interface QuotaCorrection extends QuotaRef {
  endsAt: number
  delta: number
}

/** The quotas of one data plane. */
export interface Quotas {
  /** Spends of all where there is room in all of them, and of none where there is not. No two of them are the same. */
  take: (spends: readonly QuotaSpend[]) => QuotaTaken
  correct: (correction: QuotaCorrection) => void
  /** Puts on the disk what has been spent, and tells the control plane. Never rejects. */
  sync: () => Promise<void>
  /** Puts on the disk and tells what is left. */
  close: () => Promise<void>
}

export interface QuotasOptions {
  ledger: Ledger
  uplink: Pick<Uplink, 'post'>
  clock: Clock
  logger: Logger
  /** What is spent is on the disk after so long: so much is lost with a process that is killed. */
  writeMs?: number
  /** And told to the control plane after so long; what others have spent is asked for as often, of quotas that are asked for. */
  syncMs?: number
}

interface Entry extends LedgerEntry {
  quota: QuotaRef
  endsAt: number
  /** Not on the disk yet, and not in the sums. */
  fresh: { spent: number, returned: number }
  /** Asked for since the control plane was asked what others have spent. */
  isAsked: boolean
}

/** Kept in memory; the disk has all of them. */
const maxEntries = 100_000
const closeMs = 750
const forgetEveryMs = 3_600_000

export function createQuotas ({ ledger, uplink, clock, logger, writeMs = 200, syncMs = 1_000 }: QuotasOptions): Quotas {
  const entries = new LRUCache<string, Entry>({ max: maxEntries })
  const unwritten = new Set<Entry>()
  const asked = new Set<Entry>()
  let writing: NodeJS.Timeout | null = null
  let syncing: NodeJS.Timeout | null = null
  let isClosed = false
  let isAway = false
  let isFull = false
  let forgottenAt = 0
  let report: Promise<void> | null = null

  const find = (quota: QuotaRef & { endsAt: number }): Entry => {
    const { gatewayId, environment, subject, period, endsAt } = quota
    const name = `${gatewayId}/${environment}/${subject}/${period}`
    const known = entries.get(name)
    if (known !== undefined) return known
    const kept = ledger.read(quota)
    const entry: Entry = { quota: { gatewayId, environment, subject, period }, endsAt, ...(kept ?? { spent: 0, returned: 0, others: 0 }), fresh: { spent: 0, returned: 0 }, isAsked: false }
    entries.set(name, entry)
    // Nobody has told yet what others have spent: that is asked for at once.
    plan(kept === null ? 0 : syncMs)
    return entry
  }
  const ask = (entry: Entry): void => {
    if (entry.isAsked) return
    entry.isAsked = true
    asked.add(entry)
    plan(syncMs)
  }
  const plan = (afterMs: number): void => {
    if (isClosed) return
    if (syncing !== null) {
      if (afterMs > 0) return
      clearTimeout(syncing)
    }
    syncing = setTimeout(() => void sync(), afterMs)
    syncing.unref()
  }
  const spend = (entry: Entry, delta: number): void => {
    if (delta > 0) entry.fresh.spent += delta
    else entry.fresh.returned -= delta
    unwritten.add(entry)
    writing ??= setTimeout(write, writeMs).unref()
  }
  const write = (): void => {
    if (writing !== null) clearTimeout(writing)
    writing = null
    const written = [...unwritten]
    if (written.length === 0) return
    try {
      const sums = ledger.add(written.map(({ quota, endsAt, fresh }): Spending => ({ ...quota, endsAt, ...fresh })))
      unwritten.clear()
      written.forEach((entry, i) => Object.assign(entry, { spent: sums[i]!.spent, returned: sums[i]!.returned, fresh: { spent: 0, returned: 0 } }))
      if (isFull) logger.info('what is spent of quotas is written again')
      isFull = false
      plan(syncMs)
    } catch (err) {
      unwritable(err)
    }
  }
  /** It goes on counting, and tries again with the next that is spent. */
  const unwritable = (err: unknown): void => {
    if (!isDiskFault(err)) throw err
    if (!isFull) logger.error({ err }, 'what is spent of quotas cannot be written; it is lost if this process ends')
    isFull = true
  }

  const sync = async (): Promise<void> => {
    // What is written now is told now.
    write()
    if (syncing !== null) clearTimeout(syncing)
    syncing = null
    await (report ??= tell().finally(() => { report = null }))
  }
  const tell = async (): Promise<void> => {
    const wanted = [...asked]
    asked.clear()
    for (const entry of wanted) entry.isAsked = false
    try {
      for (let at = 0; at === 0 || at < wanted.length; at += maxQuotaUses) await tellSome(wanted.slice(at, at + maxQuotaUses))
      forgetOld()
      if (ledger.unreported(1).length > 0) plan(syncMs)
      if (isAway) logger.info('quotas are counted together with other data planes again')
      isAway = false
    } catch (err) {
      for (const entry of wanted) ask(entry)
      plan(syncMs)
      if (!(err instanceof UplinkError)) return unwritable(err)
      if (!isAway) logger.warn({ err }, 'the control plane cannot be told what is spent of quotas; this data plane goes on from what it knows')
      isAway = true
    }
  }
  const tellSome = async (wanted: readonly Entry[]): Promise<void> => {
    const all = [...ledger.unreported(maxQuotaUses), ...wanted.map(({ quota, endsAt, spent, returned }): QuotaUse => ({ ...quota, endsAt, spent, returned }))]
    // Those that are asked for come last, and so are in it in any case.
    const uses = [...new Map(all.map(use => [nameOf(use), use])).values()].slice(-maxQuotaUses)
    if (uses.length === 0) return
    const body: QuotaReport = { ledger: ledger.id, uses }
    const { others } = await uplink.post(quotaMatter, body, { timeoutMs: 5_000 }) as QuotaAnswer
    ledger.noteReported(uses, others)
    uses.forEach((use, i) => {
      const entry = entries.peek(nameOf(use))
      if (entry !== undefined) entry.others = others[i] ?? 0
    })
  }
  const forgetOld = (): void => {
    const now = clock.now()
    if (now - forgottenAt < forgetEveryMs) return
    forgottenAt = now
    ledger.forget(now)
  }

  let closed: Promise<void> | null = null
  const end = async (): Promise<void> => {
    isClosed = true
    const deadline = Promise.withResolvers<void>()
    const timeout = setTimeout(deadline.resolve, closeMs)
    await Promise.race([sync(), deadline.promise])
    clearTimeout(timeout)
    write()
    ledger.close()
  }

  // Of a process before this one.
  if (ledger.unreported(1).length > 0) plan(syncMs)
  return {
    take: spends => {
      const found = spends.map(({ max, cost, ...quota }) => ({ entry: find(quota), max, cost }))
      for (const { entry } of found) ask(entry)
      // What is free is always let in.
      const isTaken = found.every(({ entry, max, cost }) => cost === 0 || usedOf(entry) + cost <= max)
      if (isTaken) for (const { entry, cost } of found) if (cost > 0) spend(entry, cost)
      return { isTaken, used: found.map(({ entry }) => usedOf(entry)) }
    },
    correct: ({ delta, ...quota }) => {
      if (delta !== 0) spend(find(quota), delta)
    },
    sync,
    close: async () => await (closed ??= end())
  }
}

function usedOf ({ spent, returned, others, fresh }: Entry): number {
  return spent - returned + others + fresh.spent - fresh.returned
}

function isDiskFault (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
}

function nameOf ({ gatewayId, environment, subject, period }: QuotaRef): string {
  return `${gatewayId}/${environment}/${subject}/${period}`
}
