import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { CorsConfig } from '#shared/plugins/cors.ts'
import { defaultCorsMethods } from '#shared/plugins/cors-rules.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What `@fastify/cors` is handed for each kind of request of one environment: made once, chosen per request. */
export interface CompiledCors {
  /** `null`: every origin. */
  readonly origins: ReadonlySet<string> | null
  /** A preflight from an allowed origin: the plugin answers it. */
  readonly preflight: FastifyCorsOptions
  /** Any other request from an allowed origin. */
  readonly actual: FastifyCorsOptions
  /** What the plugin has said for an origin, names and values in turn; no more of them than are allowed. */
  readonly said: Map<string, readonly string[]>
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
    said: new Map(),
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
export function isPreflight ({ raw: { method, headers } }: EdgeRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

export function isAllowed (cors: CompiledCors, request: EdgeRequest): boolean {
  return corsOptions(cors, request) !== notAllowed
}

export function corsOptions (cors: CompiledCors, request: EdgeRequest): FastifyCorsOptions {
  const { origin } = request.raw.headers
  if (cors.origins !== null && (origin === undefined || !cors.origins.has(origin))) return notAllowed
  return isPreflight(request) ? cors.preflight : cors.actual
}

/** What the plugin sees of a request. */
class AskedByPlugin {
  readonly raw: EdgeRequest['raw']
  /** The edge has no routes of Fastify. */
  readonly routeOptions = {}
  readonly options: FastifyCorsOptions

  constructor (raw: EdgeRequest['raw'], options: FastifyCorsOptions) {
    this.raw = raw
    this.options = options
  }

  get headers (): EdgeRequest['headers'] {
    return this.raw.headers
  }
}

/** What the plugin says of an answer. */
class SaidByPlugin {
  status = 200
  hasAnswered = false
  readonly fields = new Map<string, string>()

  code (status: number): this {
    this.status = status
    return this
  }

  header (name: string, value: string): this {
    this.fields.set(name.toLowerCase(), value)
    return this
  }

  getHeader (name: string): string | undefined {
    return this.fields.get(name.toLowerCase())
  }

  send (): void {
    this.hasAnswered = true
  }
}

/** @returns whether the request goes on; where it does not, it was a preflight, and has been answered */
export type AnswerCors = (cors: CompiledCors, request: EdgeRequest, reply: EdgeReply) => boolean

/**
 * `@fastify/cors`, asked for requests of environments that have the policy. Registered as usual, the plugin would meet every request, and add
 * `Vary: Origin` to answers that do not vary. So it is given an instance that keeps its hook; its `OPTIONS *` route is not wanted either. What it says of
 * requests that are no preflights depends on the origin alone, so it is asked once for each that is allowed.
 */
export function createAnswerCors (app: FastifyInstance): AnswerCors {
  const ask = pluginHook(app)
  return (cors, request, reply) => {
    const options = corsOptions(cors, request)
    if (options === cors.preflight) {
      const said = ask(request.raw, options)
      for (const [name, value] of said.fields) reply.header(name, value)
      if (said.hasAnswered) reply.code(said.status).send()
      return !said.hasAnswered
    }
    const key = options === notAllowed ? '' : cors.origins === null ? '*' : request.headers.origin!
    let fields = cors.said.get(key)
    if (fields === undefined) {
      fields = [...ask(request.raw, options).fields].flat()
      cors.said.set(key, fields)
    }
    reply.list(fields)
    return true
  }
}

function pluginHook (app: FastifyInstance): (raw: EdgeRequest['raw'], options: FastifyCorsOptions) => SaidByPlugin {
  const hooks: onRequestHookHandler[] = []
  const instance: FastifyInstance = Object.create(app, {
    addHook: { value: (_name: 'onRequest', hook: onRequestHookHandler) => { hooks.push(hook) } },
    options: { value: () => {} }
  })
  const options: FastifyCorsOptions = {
    delegator: (request, done) => done(null, (request as unknown as AskedByPlugin).options)
  }
  fastifyCors(instance, options, throwIt)
  const [hook] = hooks
  if (hook === undefined || hooks.length > 1) throw new Error('@fastify/cors does not add one hook any more')
  return (raw, options) => {
    const said = new SaidByPlugin()
    hook.call(app, new AskedByPlugin(raw, options) as unknown as FastifyRequest, said as unknown as FastifyReply, throwIt)
    return said
  }
}

function throwIt (error?: Error | null): void {
  if (error) throw error
}
