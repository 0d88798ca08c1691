import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Ajv } from 'ajv'
import fastJsonStringify from 'fast-json-stringify'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { gatewayDocument } from '../../control-plane/declarations/schema.ts'
import { startControlPlane } from '../support/control-plane.ts'

interface RouteSchemas { body?: object, querystring?: object, params?: object, headers?: object, response?: Record<string, object> }

t.test('every schema of every route is one, though each is compiled when a request needs it first, and held against nothing then', async t => {
  const routes: RouteOptions[] = []
  const listen = (message: unknown): void => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', route => { routes.push(route) })
  }
  subscribe('fastify.initialization', listen)
  t.teardown(() => unsubscribe('fastify.initialization', listen))
  await startControlPlane(t)
  t.ok(routes.length > 100, `${routes.length} routes`)

  const ajv = new Ajv({ strict: true, allowUnionTypes: true, formats: { 'date-time': true } })
  const seen = new Set<object>()
  const check = (schema: object | undefined, name: string): void => {
    if (schema === undefined || seen.has(schema)) return
    seen.add(schema)
    if (!ajv.validateSchema(schema)) t.fail(`${name}: ${ajv.errorsText()}`)
  }
  for (const { method, url, schema } of routes) {
    const { body, querystring, params, headers, response = {} } = (schema ?? {}) as RouteSchemas
    for (const [part, each] of Object.entries({ body, querystring, params, headers })) check(each, `${String(method)} ${url} ${part}`)
    for (const [status, each] of Object.entries(response)) {
      const name = `${String(method)} ${url} ${status}`
      const [written = each] = 'content' in each ? Object.values(each.content as Record<string, { schema: object }>).map(content => content.schema) : []
      if (seen.has(written)) continue
      check(written, name)
      t.doesNotThrow(() => fastJsonStringify(written), name)
    }
  }
  check(gatewayDocument, 'the document of a gateway')
  t.ok(seen.size > 50, `${seen.size} schemas`)
})
