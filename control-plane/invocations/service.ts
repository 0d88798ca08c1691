import { Problem } from '#shared/errors.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import type { Invocation, InvocationResult } from '#shared/invocations.ts'
import type { Scope } from '../data-plane-tokens/scope.ts'
import { requireEnvironment } from '../existing.ts'
import type { FunctionBuilder } from '../functions/builder.ts'
import { deployEnvironment } from '../functions/deployment.ts'
import { defaultTimeoutMs } from '../functions/schema.ts'
import { readSource } from '../functions/source.ts'
import type { CloudFunction } from '../store/documents.ts'
import type { Store } from '../store/store.ts'
import { readRequest } from './request.ts'
import type { InvocationDraft } from './schema.ts'
import type { WaitingInvocations } from './waiting.ts'

export interface InvocationServiceOptions {
  store: Store
  builder: FunctionBuilder
  waiting: WaitingInvocations
}

interface FunctionRef { gatewayId: string, functionName: string }

/** Each holds its code and its answer in memory. */
const maxAtOnce = 16

/** The rules of invocations: what is run, with what request, and how many at once. */
export class InvocationService {
  readonly #store: Store
  readonly #builder: FunctionBuilder
  readonly #waiting: WaitingInvocations
  #underWay = 0

  constructor ({ store, builder, waiting }: InvocationServiceOptions) {
    this.#store = store
    this.#builder = builder
    this.#waiting = waiting
  }

  /** @param signal nobody waits any more */
  async invoke (ref: FunctionRef, draft: InvocationDraft, signal: AbortSignal): Promise<InvocationResult> {
    if (this.#underWay >= maxAtOnce) {
      throw new Problem('too_many_requests', `At most ${maxAtOnce} invocations run at a time.`, { headers: { 'retry-after': '1' } })
    }
    this.#underWay++
    try {
      return await this.#waiting.send(await this.#prepare(ref, draft), signal)
    } finally {
      this.#underWay--
    }
  }

  /** @throws {Problem} `invocation_not_found` */
  settle (id: string, result: InvocationResult, scope: Scope): void {
    this.#waiting.settle(id, result, scope)
  }

  async #prepare (ref: FunctionRef, draft: InvocationDraft): Promise<Invocation> {
    const { environment = deployEnvironment, request = {} } = draft
    await requireEnvironment(this.#store, { gatewayId: ref.gatewayId, environment })
    const fn = await this.#store.getFunction(ref.gatewayId, ref.functionName)
    const pattern = draft.path ?? fn?.path ?? null
    const timeoutMs = draft.timeoutMs ?? fn?.timeoutMs ?? defaultTimeoutMs
    const limits = effectiveLimits(draft.limits ?? fn?.limits)
    const invocation = { ...ref, environment, timeoutMs, limits, request: readRequest(request, pattern) }
    const { bundle, sourceMap } = hasSource(draft) ? await this.#build(ref, draft) : await this.#saved(ref, fn)
    return { ...invocation, bundle, sourceMap }
  }

  /** As it is built when it is saved; but nothing is. */
  async #build (ref: FunctionRef, { source, files, entrypoint }: InvocationDraft): Promise<{ bundle: string, sourceMap: string }> {
    const draft = { methods: ['GET' as const], path: '/', ...(source !== undefined && { source }), ...(files !== undefined && { files }), ...(entrypoint !== undefined && { entrypoint }) }
    return await this.#builder.build(ref, readSource(ref.functionName, draft), { updateDependencies: false })
  }

  async #saved ({ gatewayId, functionName }: FunctionRef, fn: CloudFunction | null): Promise<{ bundle: string, sourceMap: string }> {
    const version = fn && await this.#store.getFunctionVersion(gatewayId, functionName, fn.latestVersion)
    if (version?.upstream !== undefined) throw new Problem('validation_failed', 'It goes to an upstream, and there is no code to be run.', {
      errors: [{ pointer: '/source', detail: 'is required: what is saved goes to an upstream' }]
    })
    if (version === null) throw new Problem('function_not_found', 'There is no such function; send its source to run it nevertheless.')
    return version
  }
}

function hasSource ({ source, files, entrypoint }: InvocationDraft): boolean {
  return source !== undefined || files !== undefined || entrypoint !== undefined
}
