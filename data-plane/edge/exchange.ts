import type { ProblemCode } from '#shared/errors.ts'
import type { AuthenticationMethod } from '#shared/plugins/authentication-names.ts'
import type { PolicyRequest } from '#shared/policies/policy.ts'
import type { TraceStage } from '#shared/request-traces.ts'
import type { RouteMatch } from '#shared/routes.ts'
import type { Turn } from '../cache/turn.ts'
import type { Cancelable } from '../cancelable.ts'
import type { Debugging } from '../explain/debug.ts'
import type { Trace } from '../explain/trace.ts'
import type { UpstreamAttempt } from '../upstream/attempt.ts'
import type { Cancellation } from '../functions/runner.ts'
import type { Caller } from '../hot-cache.ts'
import type { AuthenticationOfPlace, Layer } from '../policies/layers.ts'
import type { LimitVerdict } from '../policies/limit-count.ts'
import type { CompiledEnvironment } from './environment.ts'
import type { CompiledRelease, CompiledRoute } from './release.ts'
import type { Target } from './target.ts'

/** One request and its answer, as the stages learn about them. Every field is there from the start, so that V8 sees one shape. */
export class Exchange implements Cancellation {
  readonly target: Target
  /** `performance.now()`. */
  readonly startedAt: number
  /** The client's: see `createClientAddress`. */
  readonly address: string
  /** `null`: the host is no gateway's, and the request goes no further. */
  environment: CompiledEnvironment | null = null
  /** Under which it ends, once it has been chosen; what is refused before meets the environment's own. */
  release: CompiledRelease | null = null
  /** The host is that of one release, which was chosen by it. */
  isPreview = false
  /** Where the request is: what it is answered with is noted for this one. */
  stage: TraceStage = 'host'
  /** That has ended it; `null`: none. */
  policy: string | null = null
  /** What was decided about it; `null`: nobody asks. See `note`. */
  trace: Trace | null = null
  /** What its sender is told of the token for it; `null`: none was sent. */
  debugging: Debugging | null = null
  /** `null`: no client of the environment, or not known yet. */
  caller: Caller | null = null
  /** The way to say who calls that has decided; `null`: none has. */
  identifiedWith: AuthenticationMethod | null = null
  /** How it was first asked who calls; another release may have asked once more. */
  identifiedBy: AuthenticationOfPlace | null = null
  /** The token that the caller was found by goes on. */
  forwardsToken = false
  /** `Content-Digest` that the caller has signed; `null`: none. */
  signedDigest: string | null = null
  /** Nonce of its signature, which is its own however often it is asked for; `null`: none. */
  spentNonce: string | null = null
  /** What the issuer of a token says of who calls; `null`: no token. Whoever reads it takes nothing for granted. */
  claims: Readonly<Record<string, unknown>> | null = null
  /** What the caller may do: of its client, or of its token; `null`: nobody was authenticated. */
  scopes: readonly string[] | null = null
  /** Of its environment; from where they are known, of its route and its client. `null`: no environment was found. */
  layer: Layer | null = null
  /** Of the limits that it was let in by; `null`: none, or not yet. */
  limited: LimitVerdict | null = null
  quota: LimitVerdict | null = null
  /** `RateLimit` of those that are under way at once. */
  roomLeft: string | null = null
  /** `undefined`: not looked for yet; `null`: no route answers. */
  match: RouteMatch<CompiledRoute> | null | undefined = undefined
  /** That it has gone to; `null`: to none. */
  upstream: string | null = null
  /** The route's function or upstream has been asked: whatever comes of it is the release's. */
  isDispatched = false
  functionMs = 0
  /** To ask the upstream. `null`: there was one at the most, and nobody has put a list here to know of it. */
  attempts: UpstreamAttempt[] | null = null
  /** Of the answer; 0 while there is none. */
  bodyBytes = 0
  /** Of the problem that it was answered with, or that has cut its answer off. */
  code: ProblemCode | null = null
  /** The connection is a WebSocket's: it ends when one of its sides has it end. */
  isUpgraded = false
  /** The function's stream has failed after the head was sent. */
  isCutOff = false
  /** Of the request's body; to be given back when nobody needs it any more. */
  heldBytes = 0
  /** What is done for it, by whoever its route goes to. */
  running: Cancelable | null = null
  /** Its part in what is kept of answers; `null`: nothing is. */
  turn: Turn | null = null
  /** As policies see the request; `null`: none has looked. */
  shown: PolicyRequest | null = null
  /** The caller's key was good when the request began, and is not any more: see `OpenAnswers`. */
  revokedBy: ProblemCode | null = null

  constructor (target: Target, startedAt: number, address: string) {
    this.target = target
    this.startedAt = startedAt
    this.address = address
  }
}
