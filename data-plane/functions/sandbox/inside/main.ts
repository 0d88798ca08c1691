import type { FunctionLimits } from '#shared/function-limits.ts'
import type { RuntimeHost, WebRuntimeHandle } from '../../runtime/scope.ts'
import { Calls } from './calls.ts'
import type { Identity } from './context.ts'
import { Outbox } from './outbox.ts'
import { freeze, parseJson } from './primordials.ts'
import { observeVariables } from './variables.ts'
import { connectWeb } from './web.ts'

/** What the sandbox process calls. It has references to these functions, and tenant code has no way to them. */
export interface Harness {
  /** Evaluates the bundle. What went wrong is in the outbox, as the failure of call 0. */
  start: (bundle: string) => void
  /** Calls, and what is new of those that have begun; see `Calls.enter`. */
  enter: (index: string, data: string) => void
  /** The bytes of a body that is no text, ahead of its call, or of an outbound request (negative) that they have come for. */
  receive: (number: number, body: ArrayBuffer) => void
  /** The alarm that `take` told of has run out. Runs one of the function's timers: microtasks come before the next one. */
  wake: () => void
  /** See `Outbox.take`. Runs no tenant code. */
  take: (again: boolean) => string
  /** @param name of a parcel; see `Outbox` */
  bodyOf: (name: number) => ArrayBuffer | undefined
}

/**
 * The first code to run in a context. What it makes is in closures and private fields only. The first four parameters are functions of
 * the process, each safe against any argument.
 * @param identity JSON of an `Identity`
 * @param limits JSON of `FunctionLimits`
 */
export function bootstrap (
  loadGroup: RuntimeHost['loadGroup'],
  randomBytes: RuntimeHost['randomBytes'],
  randomUUID: RuntimeHost['randomUUID'],
  digest: RuntimeHost['digest'],
  installWeb: (host: RuntimeHost) => WebRuntimeHandle,
  identity: string,
  limits: string
): Harness {
  removeDangerousGlobals()
  const outbox = new Outbox()
  const web = connectWeb({
    loadGroup,
    randomBytes,
    randomUUID,
    digest,
    log: (level, text) => calls.log(level, text),
    owner: () => calls.live.owner(),
    setOwner: call => { calls.live.subject = call },
    fetch: (head, body, listener) => calls.fetch(head, body, listener)
  }, installWeb)
  const calls = new Calls(readIdentity(identity, outbox), parseJson(limits) as FunctionLimits, web, outbox)
  return {
    start: bundle => calls.start(bundle),
    enter: (index, data) => calls.enter(index, data),
    receive: (number, body) => calls.receive(number, body),
    wake: () => calls.wake(),
    take: again => {
      if (!again) calls.finishTurn()
      return outbox.take(web.alarm(), calls.live.current, again)
    },
    bodyOf: name => calls.takeParcel(name)
  }
}

/**
 * Memory that the isolate's limit does not count (WebAssembly, SharedArrayBuffer), waiting that no timeout ends (Atomics), and code that
 * would run outside of any call (FinalizationRegistry).
 */
function removeDangerousGlobals (): void {
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']) Reflect.deleteProperty(globalThis, name)
}

function readIdentity (text: string, outbox: Outbox): Identity {
  const { gateway, environment, env } = parseJson(text) as Identity
  return { gateway: freeze(gateway), environment, env: observeVariables(env, outbox) }
}
