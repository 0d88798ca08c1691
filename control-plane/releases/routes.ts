import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { tag, written } from '../answers.ts'
import { readPrecondition } from '../conditional.ts'
import { pageQuery, pageSchema, readPage, toPage } from '../paging.ts'
import { environmentRef } from '../schemas.ts'
import { releaseEtag } from './etag.ts'
import type { Outcome } from './plan.ts'
import {
  comparisonParams, environmentComparison, environmentParams, madeRelease, release, releaseParams, releasePlan, releaseRequest,
  representComparison, representMade, representPlan, representRelease, rollbackRequest
} from './schema.ts'
import type { ReleaseService } from './service.ts'

export interface ReleaseRoutesOptions { service: ReleaseService, baseDomain: string }

const tags = ['Releases']
const notFound = ['api_gateway_not_found', 'environment_not_found'] as const
const refusals = ['nothing_to_promote', 'release_refused', 'precondition_failed', 'conflict'] as const

/** `…/releases`, `…/rollback` and `…/diff` of `/v1/api-gateways/:gatewayId/environments/:envName` */
export const releaseRoutes: FastifyPluginAsyncTypebox<ReleaseRoutesOptions> = async (app, { service, baseDomain }) => {
  app.get('/releases', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'listReleases', summary: 'List the releases of an environment, newest first', tags,
      params: environmentParams,
      querystring: pageQuery,
      response: { 200: pageSchema('ReleasePage', release) }
    }
  }, async request => toPage(await service.list(environmentRef(request.params), readPage(request.query)), representRelease))

  app.get('/releases/:number', {
    config: { problems: [...notFound, 'release_not_found'] },
    schema: {
      operationId: 'getRelease', summary: 'Read a release', tags,
      params: releaseParams,
      response: { 200: release }
    }
  }, async (request, reply) => {
    const found = await service.get(environmentRef(request.params), request.params.number)
    tag(reply, found.number, releaseEtag(found))
    return representRelease(found)
  })

  app.post('/releases', {
    config: { problems: [...notFound, ...refusals, 'route_conflict', 'nothing_served', 'canary_in_progress', 'preview_limit_reached'] },
    schema: {
      operationId: 'createRelease', summary: 'Promote functions to this environment, all of another one\'s or chosen ones', tags,
      description: 'Clients, keys and variables stay what they are. With `canary` it takes a share of the requests beside what is served, with `preview` it has a host of its own. `If-Match` takes the tag of the environment, or of the release that it serves.',
      params: environmentParams,
      body: releaseRequest,
      response: { 200: releasePlan, 201: madeRelease }
    }
  }, async (request, reply) => await answer(reply, await service.make(environmentRef(request.params), request.body, readPrecondition(request.headers)), baseDomain))

  app.post('/rollback', {
    config: { problems: [...notFound, ...refusals, 'release_not_found'] },
    schema: {
      operationId: 'rollback', summary: 'Serve again what was served before', tags,
      description: 'A new release with the routes and versions of an old one; nothing is built anew. It ends a canary; where there is one, and no `release` is named, it does nothing else. `If-Match` takes the tag of the environment, or of the release that it serves.',
      params: environmentParams,
      body: rollbackRequest,
      response: { 200: releasePlan, 201: madeRelease }
    }
  }, async (request, reply) => await answer(reply, await service.rollback(environmentRef(request.params), request.body, readPrecondition(request.headers)), baseDomain))

  app.get('/diff/:otherName', {
    config: { problems: [...notFound] },
    schema: {
      operationId: 'compareEnvironments', summary: 'Compare two environments', tags,
      description: 'Routes, versions, source texts and settings; variables and clients by name.',
      params: comparisonParams,
      response: { 200: environmentComparison }
    }
  }, async request => representComparison(await service.compare(environmentRef(request.params), request.params.otherName)))
}

async function answer (reply: FastifyReply, outcome: Outcome, baseDomain: string): Promise<FastifyReply> {
  if ('plan' in outcome) return await reply.code(200).send(representPlan(outcome.plan))
  const { gatewayId, environment, number } = outcome.release
  written(reply, outcome.revision, releaseEtag(outcome.release))
  reply.header('location', `/v1/api-gateways/${gatewayId}/environments/${environment}/releases/${number}`)
  return await reply.code(201).send(representMade(outcome, baseDomain))
}
