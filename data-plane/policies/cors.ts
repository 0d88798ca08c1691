import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { defaultCorsMethods, type CorsConfig } from '#shared/plugins/cors.ts'

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

export function corsOptions (cors: CompiledCors, request: FastifyRequest): FastifyCorsOptions {
  const { origin } = request.raw.headers
  if (cors.origins !== null && (origin === undefined || !cors.origins.has(origin))) return notAllowed
  return isPreflight(request) ? cors.preflight : cors.actual
}

/** Registers the plugin at this place of the `onRequest` hooks. It skips requests of environments without the policy. */
export function registerCors (app: FastifyInstance): void {
  app.register(fastifyCors, {
    delegator: (request, done) => {
      const cors = request.exchange.environment?.cors
      done(null, cors ? corsOptions(cors, request) : notAllowed)
    }
  })
}
