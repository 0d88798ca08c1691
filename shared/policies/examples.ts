import type { Plugins } from '../plugins/plugins.ts'
import { cacheExample } from './cache/example.ts'
import { compressionExample } from './compression/example.ts'
import type { PolicyExample } from './example.ts'
import { faultInjectionExample } from './fault-injection/example.ts'
import { headersExample } from './headers/example.ts'
import { ipRestrictionExample } from './ip-restriction/example.ts'
import { limitConcurrencyExample } from './limit-concurrency/example.ts'
import { limitCountExample } from './limit-count/example.ts'
import { minimumClientVersionExample } from './minimum-client-version/example.ts'
import { mockingExample } from './mocking/example.ts'
import { quotaExample } from './quota/example.ts'
import { proxyRewriteExample } from './proxy-rewrite/example.ts'
import { redirectExample } from './redirect/example.ts'
import { requestSizeExample } from './request-size/example.ts'
import { requestValidationExample } from './request-validation/example.ts'
import { responseRewriteExample } from './response-rewrite/example.ts'
import type { policySchemas } from './schemas.ts'
import { scopesExample } from './scopes/example.ts'
import { trafficSplitExample } from './traffic-split/example.ts'

/** One of each. */
export const policyExamples: { [Name in keyof typeof policySchemas]: PolicyExample<NonNullable<Plugins[Name]>> } = {
  cache: cacheExample,
  compression: compressionExample,
  'fault-injection': faultInjectionExample,
  headers: headersExample,
  'ip-restriction': ipRestrictionExample,
  'limit-concurrency': limitConcurrencyExample,
  'limit-count': limitCountExample,
  'minimum-client-version': minimumClientVersionExample,
  mocking: mockingExample,
  quota: quotaExample,
  'proxy-rewrite': proxyRewriteExample,
  redirect: redirectExample,
  'request-size': requestSizeExample,
  'request-validation': requestValidationExample,
  'response-rewrite': responseRewriteExample,
  scopes: scopesExample,
  'traffic-split': trafficSplitExample
}
