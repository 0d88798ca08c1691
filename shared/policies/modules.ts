import type { Plugins } from '../plugins/plugins.ts'
import type { FieldError } from '../errors.ts'
import { cache } from './cache/policy.ts'
import { compression } from './compression/policy.ts'
import { faultInjection } from './fault-injection/policy.ts'
import { headers } from './headers/policy.ts'
import { ipRestriction } from './ip-restriction/policy.ts'
import { limitConcurrency } from './limit-concurrency/policy.ts'
import { limitCount } from './limit-count/policy.ts'
import { minimumClientVersion } from './minimum-client-version/policy.ts'
import { mocking } from './mocking/policy.ts'
import type { CompiledPolicy, PolicyModule } from './policy.ts'
import { quota } from './quota/policy.ts'
import { proxyRewrite } from './proxy-rewrite/policy.ts'
import { redirect } from './redirect/policy.ts'
import { requestSize } from './request-size/policy.ts'
import { requestValidation } from './request-validation/policy.ts'
import { responseRewrite } from './response-rewrite/policy.ts'
import type { policySchemas } from './schemas.ts'
import { scopes } from './scopes/policy.ts'
import { trafficSplit } from './traffic-split/policy.ts'

type PolicyName = keyof typeof policySchemas

export interface NamedPolicy {
  readonly name: string
  readonly does: CompiledPolicy
}

// Apart from the schemas, as in `plugins/rules.ts`.
const modules: { [Name in PolicyName]: PolicyModule<NonNullable<Plugins[Name]>> } = {
  cache,
  compression,
  'fault-injection': faultInjection,
  headers,
  'ip-restriction': ipRestriction,
  'limit-concurrency': limitConcurrency,
  'limit-count': limitCount,
  'minimum-client-version': minimumClientVersion,
  mocking,
  quota,
  'proxy-rewrite': proxyRewrite,
  redirect,
  'request-size': requestSize,
  'request-validation': requestValidation,
  'response-rewrite': responseRewrite,
  scopes,
  'traffic-split': trafficSplit
}

// The settings of each are its own, which `modules` has seen to.
const inOrder = (Object.entries(modules) as Array<[PolicyName, PolicyModule<never>]>).sort(([, a], [, b]) => b.priority - a.priority)

/** What the policies that are set do with requests, in the order in which they do it. */
export function compilePolicies (plugins: Plugins): NamedPolicy[] {
  return inOrder.flatMap(([name, { compile }]) => plugins[name] === undefined ? [] : [{ name, does: compile(plugins[name] as never) }])
}

/** What is wrong with their settings. @param pointer where the plugins stand in the document */
export function checkPolicies (plugins: Plugins, pointer: string): FieldError[] {
  return inOrder.flatMap(([name, { check }]) => plugins[name] === undefined ? [] : check?.(plugins[name] as never, `${pointer}/${name}`) ?? [])
}
