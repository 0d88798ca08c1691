import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import type { FieldError, ProblemCode } from '../errors.ts'
import type { CacheRules } from './cache/policy.ts'
import type { Split } from './traffic-split/policy.ts'

/** A request, as policies see it. */
export interface PolicyRequest {
  readonly method: string
  /** As it was sent; the path rule has let it pass. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** Names in lower case. Where somebody was authenticated, the key is not among them any more. */
  readonly headers: Readonly<IncomingHttpHeaders>
  /** The client's, IPv4 or IPv6: of the connection, or what a trusted proxy says. */
  readonly address: string
  /** `null`: nobody was authenticated, or not yet. */
  readonly client: { readonly id: string, readonly name: string } | null
  /** Of its client or its token; `null`: nobody was authenticated, or not yet. */
  readonly scopes: readonly string[] | null
  /** `Content-Digest` that its caller has signed, and that nobody has held against the body yet; `null`: none. */
  readonly signedDigest: string | null
  /** `null`: not looked for yet. */
  readonly route: { readonly name: string, readonly path: string, readonly params: Readonly<Record<string, string>> } | null
}

/** The request goes no further. */
export type PolicyDecision =
  | { readonly kind: 'refusal', readonly code: ProblemCode, readonly status?: number, readonly detail?: string, readonly headers?: Readonly<Record<string, string>>, readonly errors?: FieldError[] }
  | { readonly kind: 'answer', readonly status: number, readonly headers: Readonly<Record<string, string>>, readonly body: string }

/** The head of an answer on its way out; changed in place. Names in lower case. */
export interface AnswerHead {
  readonly status: number
  /** Of the problem that the gateway answers with; `null`: it is somebody else's answer. */
  readonly code: ProblemCode | null
  /** Not to one that says whether there is a body. */
  readonly setStatus: (status: number) => void
  /** Of a problem; the bodies of others are not here. */
  readonly setBody: (body: string) => void
  readonly get: (name: string) => string | undefined
  /** Replaces what is there. Names that are the gateway's own are left alone. */
  readonly set: (name: string, value: string) => void
  readonly remove: (name: string) => void
}

/** What a function or an upstream is about to be asked; changed in place. */
export interface AskedRequest {
  method: string
  /** Behind the path of an upstream. */
  path: string
  /** Without the question mark. */
  query: string
  /** Of an upstream; `null`: the one of its URL. */
  host: string | null
}

/** Looks at bodies as a whole. Where it wants one, the body is held until it has come, also where it goes to an upstream. */
export interface BodyStep {
  /** Whether this request is of interest. Client and route are known. */
  readonly wants: (request: PolicyRequest) => boolean
  /** What a body that is held for an upstream may have at the most; a function's own limit may be lower. */
  readonly maxBytes: number
  /** @param body as it was sent; `null`: there is none */
  readonly check: (body: Buffer | null, request: PolicyRequest) => PolicyDecision | null
}

/** What becomes of the body of an answer, which is there as a whole or comes in parts. */
export interface BodyChange {
  readonly whole: (body: Buffer) => Buffer | Promise<Buffer>
  /** Made for each answer. Destroyed where the answer does not come to its end. */
  readonly stream: () => Transform
}

/** What a policy does for one environment, with its settings worked out beforehand. Called for each request: no step may be slow or throw. */
export interface CompiledPolicy {
  /** Before anybody is authenticated, so it spends no limit. */
  readonly admit?: (request: PolicyRequest) => PolicyDecision | null
  /** Client and route are known, and nothing of the body has been read. */
  readonly meet?: (request: PolicyRequest) => PolicyDecision | null | Promise<PolicyDecision | null>
  /** Bytes of a body that nobody has counted beforehand (RFC 9112, section 7.1): beyond it the request is refused wherever it has come to. */
  readonly maxBodyBytes?: number
  /** Between reading a body and what it was sent for. */
  readonly body?: BodyStep
  /** What answers are kept, and for how long. */
  readonly cache?: CacheRules
  /** Of a request that goes to an upstream. `null`: it goes where its endpoint does. */
  readonly split?: (request: PolicyRequest) => Split | null
  /** Changes what the function or the upstream is asked. Nothing else sees it; what comes of it has to obey the rule for paths. */
  readonly rewrite?: (asked: AskedRequest, request: PolicyRequest) => void
  /** Changes the headers that the function or the upstream is sent: a list of a name's values, or `undefined` for none. */
  readonly forward?: (headers: IncomingHttpHeaders, request: PolicyRequest) => void
  /** Every answer of the environment that is not a preflight's, problems included. */
  readonly answer?: (head: AnswerHead, request: PolicyRequest) => void
  /**
   * Answers of functions and upstreams, after all that `answer` has done to the head, which is changed to what the body will be. An answer to
   * HEAD has the head of what GET would be answered, and no body that could be changed.
   * @param bytes of the body; `null`: nobody knows yet
   */
  readonly answerBody?: (head: AnswerHead, request: PolicyRequest, bytes: number | null) => BodyChange | null
}

/**
 * A policy: a folder with this, its schema (`schema.ts`), and what the schema cannot say. One that needs more than a request and its settings,
 * such as counters, has no steps: a stage of the edge does what it says.
 */
export interface PolicyModule<Settings> {
  /** Of those at the same step the higher comes first. */
  readonly priority: number
  /** Rules that a JSON schema cannot say. @param pointer where the settings stand in the document */
  readonly check?: (settings: Settings, pointer: string) => FieldError[]
  readonly compile: (settings: Settings) => CompiledPolicy
}
