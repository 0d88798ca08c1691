import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { CorsConfig } from '#shared/plugins/cors.ts'
import { defaultCorsMethods } from '#shared/plugins/cors-rules.ts'

/** What `@fastify/cors` is handed for each kind of request of one environment: made once, chosen per request. */
export interface CompiledCors {
  /** `null`: every origin. */
  readonly origins: ReadonlySet<string> | null
  /** A preflight from an allowed origin: the plugin answers it. */
  readonly preflight: FastifyCorsOptions
  /** Any other request from an allowed origin. */
  readonly actual: FastifyCorsOptions
}

/** Only `Vary: Origin`: another origin would be told something else. */
const notAllowed: FastifyCorsOptions = { origin: false }

export function compileCors (config: CorsConfig): CompiledCors {
  const any = config.allowOrigins.includes('*')
  const actual: FastifyCorsOptions = {
    // `true` reflects the request's origin, which `corsOptions` has compared before.
    origin: any ? '*' : true,
    // Fetch standard, section 3.2.5: never together with "*", whatever the configuration says.
    credentials: config.allowCredentials === true && !any,
    ...(config.exposeHeaders && { exposedHeaders: config.exposeHeaders.join(', ') }),
    preflight: false
  }
  return {
    origins: any ? null : new Set(config.allowOrigins),
    actual,
    preflight: {
      ...actual,
      preflight: true,
      methods: (config.allowMethods ?? defaultCorsMethods).join(', '),
      ...(config.allowHeaders && { allowedHeaders: config.allowHeaders.join(', ') }),
      ...(config.maxAgeSeconds !== undefined && { maxAge: config.maxAgeSeconds })
    }
  }
}

/** Fetch standard, section 3.2.2: a CORS-preflight request. Any other OPTIONS request is the function's. */
export function isPreflight ({ raw: { method, headers } }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

export function isAllowed (cors: CompiledCors, request: FastifyRequest): boolean {
  return corsOptions(cors, request) !== notAllowed
}

export function corsOptions (cors: CompiledCors, request: FastifyRequest): FastifyCorsOptions {
  const { origin } = request.raw.headers
  if (cors.origins !== null && (origin === undefined || !cors.origins.has(origin))) return notAllowed
  return isPreflight(request) ? cors.preflight : cors.actual
}

/**
 * The hook of `@fastify/cors`, to be called for requests of environments that have the policy. Registered as usual, the plugin would
 * meet every request, and add `Vary: Origin` to answers that do not vary. So it is given an instance that keeps its hook; its
 * `OPTIONS *` route is not wanted either, since the edge has one route for everything.
 */
export function createCorsHook (app: FastifyInstance): onRequestHookHandler {
  const hooks: onRequestHookHandler[] = []
  const instance: FastifyInstance = Object.create(app, {
    addHook: { value: (_name: 'onRequest', hook: onRequestHookHandler) => { hooks.push(hook) } },
    options: { value: () => {} }
  })
  const options: FastifyCorsOptions = {
    delegator: (request, done) => done(null, corsOptions(request.exchange.environment!.cors!, request))
  }
  fastifyCors(instance, options, error => {
    if (error) throw error
  })
  const [hook] = hooks
  if (hook === undefined || hooks.length > 1) throw new Error('@fastify/cors does not add one hook any more')
  return hook
}
