import type { NamedPolicy } from '#shared/policies/modules.ts'
import type { BodyStep, CompiledPolicy, PolicyDecision } from '#shared/policies/policy.ts'
import type { TraceDetails } from '#shared/request-traces.ts'
import { refuse } from '../edge/errors.ts'
import { note } from '../explain/note.ts'
import { finishReply } from './answer-head.ts'
import { shownRequest } from './shown-request.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

type Step<Name extends keyof CompiledPolicy> = NonNullable<CompiledPolicy[Name]>
interface Decider { readonly decide: Step<'meet'> }

/** Policies that may end a request, one after the other. */
export interface Gate<Policy> {
  readonly policies: ReadonlyArray<Policy & { readonly name: string }>
  /** What is noted where none of them has. */
  readonly passed: TraceDetails
}

/** The policies of an environment by what they do, each in its order. */
export interface PolicySteps {
  readonly admit: Gate<Decider>
  readonly meet: Gate<Decider>
  readonly body: Gate<BodyStep>
  /** Of bodies whose length nobody has said; `Infinity`: however long. */
  readonly maxBodyBytes: number
  /** `null`: requests go where their endpoints do. */
  readonly split: NonNullable<CompiledPolicy['split']> | null
  /** `null`: nothing is kept. */
  readonly cache: NonNullable<CompiledPolicy['cache']> | null
  readonly rewrite: ReadonlyArray<Step<'rewrite'>>
  readonly forward: ReadonlyArray<Step<'forward'>>
  readonly answer: ReadonlyArray<Step<'answer'>>
  readonly answerBody: ReadonlyArray<Step<'answerBody'>>
}

export function stepsOf (policies: readonly NamedPolicy[]): PolicySteps {
  return {
    admit: gateOf(policies, 'admit', decide => ({ decide })),
    meet: gateOf(policies, 'meet', decide => ({ decide })),
    body: gateOf(policies, 'body', step => step),
    rewrite: policies.flatMap(({ does: { rewrite } }) => rewrite ?? []),
    forward: policies.flatMap(({ does: { forward } }) => forward ?? []),
    answer: policies.flatMap(({ does: { answer } }) => answer ?? []),
    answerBody: policies.flatMap(({ does: { answerBody } }) => answerBody ?? []),
    split: policies.find(({ does }) => does.split !== undefined)?.does.split ?? null,
    cache: policies.find(({ does }) => does.cache !== undefined)?.does.cache ?? null,
    maxBodyBytes: Math.min(...policies.map(({ does: { maxBodyBytes = Infinity } }) => maxBodyBytes))
  }
}

function gateOf<Name extends 'admit' | 'meet' | 'body', Policy> (policies: readonly NamedPolicy[], at: Name, toPolicy: (step: Step<Name>) => Policy): Gate<Policy> {
  const here = policies.flatMap(({ name, does }) => {
    const step = does[at]
    return step === undefined ? [] : [{ ...toPolicy(step), name }]
  })
  return toGate(here)
}

function toGate<Policy> (policies: Gate<Policy>['policies']): Gate<Policy> {
  return { policies, passed: { policies: policies.map(({ name }) => name) } }
}

export function joinGates<Policy> (first: Gate<Policy>, second: Gate<Policy>): Gate<Policy> {
  return toGate([...first.policies, ...second.policies])
}

/**
 * Asks each until one decides.
 * @returns whether the request goes on; where it does not, it has been answered. A promise only where a policy takes its time
 */
export function pass (gate: Gate<Decider>, request: EdgeRequest, reply: EdgeReply, first = 0): boolean | Promise<boolean> {
  for (let index = first; index < gate.policies.length; index++) {
    const { name, decide } = gate.policies[index]!
    const decision = decide(shownRequest(request))
    if (decision instanceof Promise) return passLater(decision, gate, index, request, reply)
    if (decision !== null) return carryOut(name, decision, request, reply)
  }
  note(request.exchange, request.exchange.stage, 'passed', null, gate.passed)
  return true
}

async function passLater (deciding: Promise<PolicyDecision | null>, gate: Gate<Decider>, index: number, request: EdgeRequest, reply: EdgeReply): Promise<boolean> {
  const decision = await deciding
  return decision === null ? await pass(gate, request, reply, index + 1) : carryOut(gate.policies[index]!.name, decision, request, reply)
}

/** Whether the body has to be held before the request goes to an upstream. */
export function wantsBody ({ policies }: PolicySteps['body'], request: EdgeRequest): boolean {
  return policies.some(({ wants }) => wants(shownRequest(request)))
}

/** The body has been read. @returns whether the request goes on; where it does not, it has been answered */
export function passBody (gate: PolicySteps['body'], request: EdgeRequest, reply: EdgeReply): boolean {
  const body = Buffer.isBuffer(request.body) ? request.body : null
  for (const { name, wants, check } of gate.policies) {
    const shown = shownRequest(request)
    const decision = wants(shown) ? check(body, shown) : null
    if (decision !== null) return carryOut(name, decision, request, reply)
  }
  note(request.exchange, 'inspection', 'passed', null, gate.passed)
  return true
}

function carryOut (policy: string, decision: PolicyDecision, request: EdgeRequest, reply: EdgeReply): false {
  const { exchange } = request
  exchange.policy = policy
  if (decision.kind === 'refusal') {
    refuse(request, reply, decision.code, { status: decision.status, detail: decision.detail, headers: { ...decision.headers }, errors: decision.errors })
    return false
  }
  const { status, headers, body } = decision
  note(exchange, exchange.stage, 'answered', policy)
  exchange.bodyBytes = request.raw.method === 'HEAD' ? 0 : Buffer.byteLength(body)
  reply.code(status).headers({ ...headers })
  finishReply(request, reply)
  reply.send(body)
  return false
}
