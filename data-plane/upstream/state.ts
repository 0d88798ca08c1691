import { LRUCache } from 'lru-cache'
import { Circuit } from './circuit.ts'
import { RetryBudget } from './retry-budget.ts'

/** What a worker knows of one server of an upstream. It outlives changes of all else about the upstream. */
export class TargetState {
  /** Requests under way. */
  running = 0
  /** Smooth weighted round robin: how much it is its turn. */
  turn = 0
  /** The checks of this data plane say that it does not answer as it should. */
  isDown = false
  /** In a row. */
  failures = 0
  /** `performance.now()`; 0: it is not left out. */
  ejectedUntil = 0
  /** Since something succeeded. */
  ejections = 0
}

/** What a worker knows of one upstream of one environment. */
export class UpstreamState {
  /** Requests under way. */
  running = 0
  /** When it was last said that requests go there; `performance.now()`. */
  toldAt = -Infinity
  /** WebSockets under way. */
  tunnels = 0
  readonly circuit = new Circuit()
  readonly budget = new RetryBudget()
  #targets = new Map<string, TargetState>()
  #down: ReadonlySet<string>

  constructor (down: ReadonlySet<string>) {
    this.#down = down
  }

  /** Those that are there still are what they were; others begin anew. */
  keep (urls: readonly string[]): TargetState[] {
    this.#targets = new Map(urls.map(url => [url, this.#targets.get(url) ?? this.#begin(url)]))
    return [...this.#targets.values()]
  }

  /** These targets do not answer as they should. */
  set down (urls: ReadonlySet<string>) {
    this.#down = urls
    for (const [url, state] of this.#targets) state.isDown = urls.has(url)
  }

  #begin (url: string): TargetState {
    const state = new TargetState()
    state.isDown = this.#down.has(url)
    return state
  }
}

/** By the name of the environment's route and that of the upstream: environments are compiled anew with each change, and this is not. */
export interface UpstreamStates {
  of: (key: string) => UpstreamState
  /** What checks have found out. */
  setDown: (key: string, urls: readonly string[]) => void
}

/** What is forgotten begins anew: a matter of counts, not of safety. */
const maxStates = 10_000
const none: ReadonlySet<string> = new Set()

export function createUpstreamStates (): UpstreamStates {
  const states = new LRUCache<string, UpstreamState>({ max: maxStates })
  const down = new Map<string, ReadonlySet<string>>()
  return {
    of: key => {
      const known = states.get(key)
      if (known !== undefined) return known
      const state = new UpstreamState(down.get(key) ?? none)
      states.set(key, state)
      return state
    },
    setDown: (key, urls) => {
      const set = urls.length === 0 ? none : new Set(urls)
      if (urls.length === 0) down.delete(key)
      else down.set(key, set)
      const state = states.peek(key)
      if (state !== undefined) state.down = set
    }
  }
}
