import { limitsHeader } from '#shared/plugins/served-by-headers.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { refuse } from '../edge/errors.ts'
import { note } from '../explain/note.ts'
import type { CompiledConcurrency, ConcurrencyCompiler } from './limit-concurrency.ts'
import type { CompiledLimit, LimitCompiler, LimitVerdict } from './limit-count.ts'
import type { CompiledQuota, QuotaCompiler, QuotaPlace } from './quota.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** Whatever counts requests before their route is looked for. */
export interface CompiledLimits {
  readonly limit: CompiledLimit | null
  readonly quota: CompiledQuota | null
  readonly concurrency: CompiledConcurrency | null
  /** Requests are counted by their route, or cost what it says. */
  readonly needsRoute: boolean
}

export interface LimitCompilers {
  readonly compileLimit: LimitCompiler
  readonly compileQuota: QuotaCompiler
  readonly compileConcurrency: ConcurrencyCompiler
}

/**
 * Of one place: what it has of its own, and the rest of what is below it. `null`: there is none.
 * @param counters how counters of this place are called, quotas apart
 */
export function compileLimits (compilers: LimitCompilers, { counters, quotas }: { counters: string, quotas: QuotaPlace }, own: Plugins, below: CompiledLimits | null): CompiledLimits | null {
  const { 'limit-count': limitConfig, quota: quotaConfig, 'limit-concurrency': concurrencyConfig } = own
  const limit = limitConfig === undefined ? below?.limit ?? null : compilers.compileLimit(counters, limitConfig)
  const quota = quotaConfig === undefined ? below?.quota ?? null : compilers.compileQuota(quotas, quotaConfig)
  const concurrency = concurrencyConfig === undefined ? below?.concurrency ?? null : compilers.compileConcurrency(counters, concurrencyConfig)
  if (limit === null && quota === null && concurrency === null) return null
  return { limit, quota, concurrency, needsRoute: limit?.needsRoute === true || quota?.needsRoute === true || concurrency?.needsRoute === true }
}

/**
 * Lets the request in by all of them, or answers it. Room comes first, since it costs nothing to give it back; the quota last, since it is what
 * is paid for.
 * @returns whether the request goes on
 */
export function spendLimits (limits: CompiledLimits, request: EdgeRequest, reply: EdgeReply): Promise<boolean> {
  const { concurrency, limit, quota } = limits
  // What most have: one promise is waited for, and none is made for the others.
  if (limit !== null && concurrency === null && quota === null) return limit.count(request).then(verdict => carryOut(limit, verdict, request, reply))
  return spendAll(limits, request, reply)
}

async function spendAll ({ concurrency, limit, quota }: CompiledLimits, request: EdgeRequest, reply: EdgeReply): Promise<boolean> {
  if (concurrency !== null && !await enter(concurrency, request, reply)) return false
  if (limit !== null && !carryOut(limit, await limit.count(request), request, reply)) return false
  return quota === null || await take(quota, request, reply)
}

async function enter (concurrency: CompiledConcurrency, request: EdgeRequest, reply: EdgeReply): Promise<boolean> {
  const { exceeded, header } = await concurrency.enter(request, reply)
  request.exchange.roomLeft = header
  reply.header('ratelimit-policy', concurrency.policyHeader).header('ratelimit', header)
  // Nobody knows when one of them will end.
  if (exceeded) refuse(request, reply, 'concurrency_exceeded', { headers: { 'retry-after': '1' } })
  return !exceeded
}

function carryOut (limit: CompiledLimit, verdict: LimitVerdict | null, request: EdgeRequest, reply: EdgeReply): boolean {
  const { exchange } = request
  if (verdict === null) return refuse(request, reply, 'limit_unavailable', { headers: { 'retry-after': '1' } })
  addField(reply, 'ratelimit-policy', limit.policyHeader)
  addField(reply, 'ratelimit', verdict.header)
  if (verdict.isLocal && exchange.release!.servedBy !== null) reply.header(limitsHeader, 'local')
  if (!verdict.exceeded) {
    exchange.limited = verdict
    note(exchange, 'limits', 'passed', null, { left: verdict.header })
    return true
  }
  return refuse(request, reply, 'rate_limit_exceeded', {
    detail: `Try again in ${verdict.resetSeconds} s.`,
    headers: { 'retry-after': String(verdict.resetSeconds) }
  })
}

async function take (quota: CompiledQuota, request: EdgeRequest, reply: EdgeReply): Promise<boolean> {
  const { exchange } = request
  const verdict = await quota.take(request)
  if (verdict === 'uncounted') return true
  if (verdict !== null) addField(reply, 'ratelimit-policy', verdict.policyHeader)
  if (verdict !== null && !verdict.exceeded) {
    exchange.quota = verdict
    addField(reply, 'ratelimit', verdict.header)
    note(exchange, 'limits', 'passed', null, { left: verdict.header })
    return true
  }
  // What is refused here has not been counted by the others.
  const others = exchange.limited === null ? exchange.roomLeft : joined(exchange.roomLeft, exchange.limited.settle(0))
  exchange.limited = null
  if (others !== null) reply.header('ratelimit', others)
  if (verdict === null) return refuse(request, reply, 'limit_unavailable', { headers: { 'retry-after': '1' } })
  addField(reply, 'ratelimit', verdict.header)
  return refuse(request, reply, 'quota_exceeded', {
    detail: `It begins anew in ${verdict.resetSeconds} s.`,
    headers: { 'retry-after': String(verdict.resetSeconds) }
  })
}

/** RFC 9651, section 3.1: items of a list. */
function addField (reply: EdgeReply, name: 'ratelimit' | 'ratelimit-policy', item: string): void {
  const before = reply.getHeader(name)
  reply.header(name, before === undefined ? item : `${before}, ${item}`)
}

export function joined (...items: Array<string | null>): string | null {
  const there = items.filter(item => item !== null)
  return there.length === 0 ? null : there.join(', ')
}
