import { systemClock, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { functionOf } from './blame.ts'
import { Pending } from './pending.ts'
import { SandboxLink, type LinkEvents } from './link.ts'
import { Losses } from './losses.ts'
import { explainHeavy, type OwnerWord } from './owner-words.ts'
import { placeShared, type SandboxNews, type SandboxPlacement } from './placement.ts'
import { chooseSlot } from './rendezvous.ts'
import { noKv, type FunctionKv, type FunctionLogLine, type FunctionResult, type FunctionRunner, type RunnableFunction } from './runner.ts'

export interface FunctionRunnerOptions {
  /** Until the first placement: socket paths of sandboxes that are for everybody. `null`: nobody has said yet where they are. */
  sockets: ReadonlyArray<string | null> | null
  logger: Logger
  onLog: (line: FunctionLogLine) => void
  /** A function has read a variable, or looked for one that is not there: said once or a few times. */
  onVariable?: (fn: RunnableFunction, name: string, isThere: boolean) => void
  /** A call waits for the sandbox in this slot, and there is none. */
  onWanted?: (slot: number) => void
  /** Default: none. */
  kv?: FunctionKv
  clock?: Clock
}

export interface SandboxedFunctionRunner extends FunctionRunner {
  /** To be called whenever a sandbox came or went. */
  place: (placement: SandboxPlacement, news?: SandboxNews | null) => void
}

/** How exactly a call's time limit is kept: one timer looks at all calls. */
const sweepIntervalMs = 25

/** The edge's side: hands calls to the sandbox processes and keeps their time. */
export function createFunctionRunner ({ sockets, logger, onLog, onVariable = () => undefined, onWanted = () => undefined, kv = noKv, clock = systemClock }: FunctionRunnerOptions): SandboxedFunctionRunner {
  let links: SandboxLink[] = []
  let isPlaced = false
  let shared = 0
  let apart = new Map<string, number>()
  let isClosed = false
  let sweeper: NodeJS.Timeout | undefined

  const tell = (fn: RunnableFunction, requestId: string | null, word: OwnerWord): void => {
    const { gatewayId, environment, functionName, versionId } = fn
    const write = fn.onLog ?? onLog
    write({ time: clock.now(), gatewayId, environment, functionName, versionId, requestId, ...word })
  }
  const losses = new Losses({
    retry: pending => {
      pending.startedAt = clock.now()
      pending.sends = 0
      dispatch(pending)
    },
    tell
  })
  const linkEvents: LinkEvents = {
    logger,
    onLog,
    onVariable,
    kv,
    clock,
    onWanted,
    onLost: (path, lost, functions, isBroken) => losses.add(path, { lost, functions }, isBroken)
  }

  const sweep = (): void => {
    let hasCalls = false
    const now = clock.now()
    for (const link of links) hasCalls = link.expire(now) || hasCalls
    if (hasCalls) return
    clearInterval(sweeper)
    sweeper = undefined
  }
  const slotOf = (fn: RunnableFunction): number => {
    const own = apart.size === 0 ? undefined : apart.get(functionOf(fn.key))
    return own ?? (shared < 2 ? 0 : chooseSlot(fn.gatewayId, shared))
  }
  const dispatch = (pending: Pending): void => {
    const link = links[slotOf(pending.fn)]
    if (isClosed || link === undefined) return pending.reject(new Problem('function_unavailable'))
    sweeper ??= setInterval(sweep, sweepIntervalMs)
    link.call(pending)
  }
  const place = (placement: SandboxPlacement, news: SandboxNews | null = null): void => {
    if (isClosed) return
    const waiting = isPlaced ? [] : links.splice(0).flatMap(link => link.leave())
    isPlaced = true
    for (const link of links.slice(placement.sockets.length)) link.close()
    links = placement.sockets.map((_path, slot) => links[slot] ?? new SandboxLink(slot, linkEvents))
    shared = placement.shared
    apart = new Map(Object.entries(placement.apart))
    placement.sockets.forEach((path, slot) => links[slot]!.connect(path))
    for (const pending of waiting) dispatch(pending)
    if (news?.type === 'lost') losses.hear(news)
    else if (news?.type === 'heavy') for (const fn of loaded(news.functionId)) tell(fn, null, explainHeavy(news))
  }
  const loaded = (functionId: string): RunnableFunction[] => links.map(link => link.find(functionId)).filter(fn => fn !== null).slice(0, 1)

  // A call may come before the word of where the sandboxes are: it waits, as for one that starts.
  if (sockets === null) links.push(new SandboxLink(0, { ...linkEvents, onWanted: () => undefined }))
  else place(placeShared(sockets))
  return {
    place,
    call: async (fn, call, cancellation) => {
      return await new Promise<FunctionResult>((resolve, reject) => {
        const pending = new Pending(fn, call, clock.now(), { resolve, reject })
        if (cancellation !== undefined) cancellation.running = pending
        dispatch(pending)
      })
    },
    release: async fn => {
      const answers = await Promise.all(links.map(async link => await link.release(fn.key)))
      return answers.find(usage => usage !== null) ?? null
    },
    close: async () => {
      isClosed = true
      clearInterval(sweeper)
      for (const link of links) link.close()
      losses.close()
      await Promise.resolve()
    }
  }
}
