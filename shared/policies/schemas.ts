import { cacheSchema } from './cache/schema.ts'
import { compressionSchema } from './compression/schema.ts'
import { faultInjectionSchema } from './fault-injection/schema.ts'
import { headersSchema } from './headers/schema.ts'
import { ipRestrictionSchema } from './ip-restriction/schema.ts'
import { limitConcurrencySchema } from './limit-concurrency/schema.ts'
import { limitCountSchema } from './limit-count/schema.ts'
import { minimumClientVersionSchema } from './minimum-client-version/schema.ts'
import { mockingSchema } from './mocking/schema.ts'
import { quotaSchema } from './quota/schema.ts'
import { proxyRewriteSchema } from './proxy-rewrite/schema.ts'
import { redirectSchema } from './redirect/schema.ts'
import { requestSizeSchema } from './request-size/schema.ts'
import { requestValidationSchema } from './request-validation/schema.ts'
import { responseRewriteSchema } from './response-rewrite/schema.ts'
import { scopesSchema } from './scopes/schema.ts'
import { trafficSplitSchema } from './traffic-split/schema.ts'

/** The settings of each policy, by its name. */
export const policySchemas = {
  cache: cacheSchema,
  compression: compressionSchema,
  'fault-injection': faultInjectionSchema,
  headers: headersSchema,
  'ip-restriction': ipRestrictionSchema,
  'limit-concurrency': limitConcurrencySchema,
  'limit-count': limitCountSchema,
  'minimum-client-version': minimumClientVersionSchema,
  mocking: mockingSchema,
  quota: quotaSchema,
  'proxy-rewrite': proxyRewriteSchema,
  redirect: redirectSchema,
  'request-size': requestSizeSchema,
  'request-validation': requestValidationSchema,
  'response-rewrite': responseRewriteSchema,
  scopes: scopesSchema,
  'traffic-split': trafficSplitSchema
}
