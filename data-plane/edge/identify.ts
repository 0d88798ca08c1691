import { authenticate } from '../authentication/authenticate.ts'
import { stripKeys } from '../authentication/key-auth.ts'
import { stripCertificates } from '../authentication/mtls-auth.ts'
import type { AuthDecision, AuthSources } from '../authentication/method.ts'
import { note } from '../explain/note.ts'
import type { AuthenticationOfPlace } from '../policies/layers.ts'
import { refuse } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { chooseLayer } from './layer.ts'
import type { OpenAnswers } from './open-answers.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

export interface Identification extends AuthSources {
  openAnswers: Pick<OpenAnswers, 'add'>
}

/** Asks who calls, in the way of the request's layer. */
export function identify (request: EdgeRequest, reply: EdgeReply, edge: Identification): boolean | Promise<boolean> {
  const { exchange } = request
  exchange.identifiedBy = exchange.layer!.authentication
  return ask(request, reply, edge)
}

/** Asks again where the release that was chosen has another way: what it asks for must hold as well. */
export function identifyAgain (request: EdgeRequest, reply: EdgeReply, edge: Identification): boolean | Promise<boolean> {
  const { exchange } = request
  if (exchange.identifiedBy!.settings !== exchange.layer!.authentication.settings) return ask(request, reply, edge)
  strip(request, edge)
  return true
}

/** Which release it meets is known later than who calls. */
export function meetsTwo ({ environment, isPreview }: Exchange): boolean {
  return environment!.canary !== null && !isPreview
}

function ask (request: EdgeRequest, reply: EdgeReply, edge: Identification): boolean | Promise<boolean> {
  const { exchange } = request
  exchange.stage = 'authentication'
  const { own, preview } = exchange.layer!.authentication
  const decision = authenticate(request, exchange.isPreview ? preview : own, edge)
  return decision instanceof Promise ? carryOutLater(decision, request, reply, edge) : carryOut(decision, request, reply, edge)
}

async function carryOutLater (deciding: Promise<AuthDecision>, request: EdgeRequest, reply: EdgeReply, edge: Identification): Promise<boolean> {
  return carryOut(await deciding, request, reply, edge)
}

/** @returns whether the request goes on; where it does not, it has been answered */
function carryOut (decision: AuthDecision, request: EdgeRequest, reply: EdgeReply, edge: Identification): boolean {
  const { exchange } = request
  if (decision.kind === 'refused') {
    exchange.policy = exchange.identifiedWith
    refuse(request, reply, decision.code, { detail: decision.detail, headers: decision.headers })
    return false
  }
  const { authentication } = exchange.layer!
  // As long as another release may ask in another way, what it would ask for stays.
  const isLast = exchange.identifiedBy !== authentication || !meetsTwo(exchange)
  note(exchange, 'authentication', 'passed', decision.kind === 'anonymous' ? 'none' : exchange.identifiedWith ?? 'anonymous-client')
  if (decision.kind === 'authenticated') {
    exchange.caller = decision.caller
    exchange.claims = decision.claims
    exchange.scopes = decision.scopes
    exchange.forwardsToken = decision.forwards
    // What one signature covers the other need not undo.
    exchange.signedDigest = decision.signedDigest ?? exchange.signedDigest
  }
  if (isLast) strip(request, edge)
  if (decision.kind === 'anonymous' || decision.caller === null) return true
  if (decision.caller.plugins !== null) chooseLayer(request)
  if (authentication.own.cutsStreams) edge.openAnswers.add(request, reply)
  return true
}

/** Nothing that says who somebody is goes on, whoever has looked at it. */
function strip (request: EdgeRequest, { isTrustedPeer }: Identification): void {
  const { exchange: { identifiedBy, layer }, raw } = request
  stripKeys(raw.headers)
  // RFC 9440, section 3.1: whoever is behind must not take a client's word for a proxy's.
  if (raw.headers['client-cert'] !== undefined && !isTrustedPeer(raw)) stripCertificates(raw.headers)
  stripOf(request, identifiedBy!)
  if (layer!.authentication !== identifiedBy) stripOf(request, layer!.authentication)
}

function stripOf ({ exchange: { isPreview, forwardsToken }, raw: { headers } }: EdgeRequest, { own, preview }: AuthenticationOfPlace): void {
  for (const method of (isPreview ? preview : own).methods) method.strip(headers, forwardsToken)
}
