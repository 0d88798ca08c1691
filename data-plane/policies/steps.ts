import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BodyStep, CompiledPolicy, PolicyDecision } from '#shared/policies/policy.ts'
import { refuse, unchanged } from '../edge/errors.ts'
import { finishReply } from './answer-head.ts'
import { shownRequest } from './shown-request.ts'

type Step<Name extends keyof CompiledPolicy> = NonNullable<CompiledPolicy[Name]>

/** The policies of an environment by what they do, each in its order. */
export interface PolicySteps {
  readonly admit: ReadonlyArray<Step<'admit'>>
  readonly meet: ReadonlyArray<Step<'meet'>>
  readonly body: readonly BodyStep[]
  /** Of bodies whose length nobody has said; `Infinity`: however long. */
  readonly maxBodyBytes: number
  readonly forward: ReadonlyArray<Step<'forward'>>
  readonly answer: ReadonlyArray<Step<'answer'>>
  readonly answerBody: ReadonlyArray<Step<'answerBody'>>
}

export function stepsOf (policies: readonly CompiledPolicy[]): PolicySteps {
  return {
    admit: pick(policies, 'admit'), meet: pick(policies, 'meet'), body: pick(policies, 'body'), forward: pick(policies, 'forward'), answer: pick(policies, 'answer'), answerBody: pick(policies, 'answerBody'),
    maxBodyBytes: Math.min(...policies.map(({ maxBodyBytes = Infinity }) => maxBodyBytes))
  }
}

function pick<Name extends Exclude<keyof CompiledPolicy, 'maxBodyBytes'>> (policies: readonly CompiledPolicy[], name: Name): Array<Step<Name>> {
  return policies.map(policy => policy[name]).filter(step => step !== undefined)
}

/**
 * Asks each until one decides.
 * @returns whether the request goes on; where it does not, it has been answered. A promise only where a policy takes its time
 */
export function pass (steps: PolicySteps['meet'], request: FastifyRequest, reply: FastifyReply): boolean | Promise<boolean> {
  for (const [index, step] of steps.entries()) {
    const decision = step(shownRequest(request))
    if (decision instanceof Promise) return passLater(decision, steps.slice(index + 1), request, reply)
    if (decision !== null) return carryOut(decision, request, reply)
  }
  return true
}

async function passLater (deciding: Promise<PolicyDecision | null>, rest: PolicySteps['meet'], request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const decision = await deciding
  return decision === null ? await pass(rest, request, reply) : carryOut(decision, request, reply)
}

/** Whether the body has to be held before the request goes to an upstream. */
export function wantsBody (steps: PolicySteps['body'], request: FastifyRequest): boolean {
  return steps.some(({ wants }) => wants(shownRequest(request)))
}

/** The body has been read. @returns whether the request goes on; where it does not, it has been answered */
export function passBody (steps: PolicySteps['body'], request: FastifyRequest, reply: FastifyReply): boolean {
  const body = Buffer.isBuffer(request.body) ? request.body : null
  for (const { wants, check } of steps) {
    const shown = shownRequest(request)
    const decision = wants(shown) ? check(body, shown) : null
    if (decision !== null) return carryOut(decision, request, reply)
  }
  return true
}

function carryOut (decision: PolicyDecision, request: FastifyRequest, reply: FastifyReply): false {
  if (decision.kind === 'refusal') {
    refuse(request, reply, decision.code, { status: decision.status, detail: decision.detail, headers: { ...decision.headers }, errors: decision.errors })
    return false
  }
  const { status, headers, body } = decision
  request.exchange.bodyBytes = request.raw.method === 'HEAD' ? 0 : Buffer.byteLength(body)
  reply.code(status).headers({ ...headers })
  finishReply(request, reply)
  reply.serializer(unchanged).send(body)
  return false
}
