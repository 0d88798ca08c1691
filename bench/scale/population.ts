import { crc32 } from 'node:zlib'
import { encodeBase62 } from '#shared/base62.ts'
import { environmentDomain } from '#shared/host.ts'
import type { Place } from '../events/writes.ts'

/** Who is there: everything follows from a number, so that nothing of a million clients has to be remembered. */
export const environments = ['dev', 'staging', 'prod'] as const

/** Ten in a gateway: the client of number `n` is in the environment `clientEnvironments[n % 10]`. */
const clientEnvironments = ['dev', 'staging', 'prod', 'dev', 'staging', 'prod', 'dev', 'staging', 'prod', 'dev'] as const
export const clientsPerGateway = clientEnvironments.length

export const functionName = 'whoami'
export const functionPath = '/whoami'

export interface Caller extends Place {
  clientId: string
}

/** `g0000042`: ids sort by their numbers, which begin with 0. */
export function gatewayIdOf (number: number): string {
  return `g${String(number).padStart(7, '0')}`
}

/** @param number from 0; `clientsPerGateway` of them are in each gateway */
export function callerOf (number: number): Caller {
  const gatewayId = gatewayIdOf(Math.floor(number / clientsPerGateway))
  const environment = clientEnvironments[number % clientsPerGateway]!
  const clientId = `c${number}`
  return { gatewayId, environment, clientId, key: keyOf(environment, number), host: environmentDomain(gatewayId, environment, 'localhost') }
}

/** Of the clients that one gateway has in an environment. */
export function callersIn (gateway: number, environment: string): Caller[] {
  const all = Array.from({ length: clientsPerGateway }, (_, index) => callerOf(gateway * clientsPerGateway + index))
  return all.filter(caller => caller.environment === environment)
}

/** As real keys are, except that anyone can tell them. */
function keyOf (environment: string, number: number): string {
  const body = `imp_${environment}_${String(number).padStart(32, '0')}`
  return `${body}_${encodeBase62(crc32(body), 6)}`
}

/** One gateway in so many is written to; clients of the others answer as they were filled in, however often that was done. */
const writtenEvery = 50

/**
 * Callers each of whom is in another environment of another gateway than the one before, so that none warms up anything for the next one;
 * all of the installation's, before any of them comes twice. @param seed another one begins elsewhere
 */
export function strangers (gateways: number, seed: number): Iterator<Caller, never> {
  return spread(gateways, seed, gateway => gateway % writtenEvery !== 0)
}

/** Likewise, of gateways that may be written to, in the environment that what is saved is released to. */
export function * written (gateways: number, seed: number): Generator<Caller, never, undefined> {
  const callers = spread(gateways, seed, gateway => gateway % writtenEvery === 0)
  for (;;) {
    const caller = callers.next().value
    if (caller.environment === 'dev') yield caller
  }
}

function * spread (gateways: number, seed: number, isOf: (gateway: number) => boolean): Generator<Caller, never, undefined> {
  const total = gateways * clientsPerGateway
  // No divisor in common with the total, so it comes by everywhere; about the golden section of it, so neighbours are far apart.
  const step = coprime(Math.floor(total * 0.618), total)
  for (let number = (seed * 7_919) % total; ; number = (number + step) % total) {
    if (isOf(Math.floor(number / clientsPerGateway))) yield callerOf(number)
  }
}

function coprime (near: number, total: number): number {
  const divisor = (a: number, b: number): number => b === 0 ? a : divisor(b, a % b)
  let step = Math.max(1, near)
  while (divisor(step, total) !== 1) step++
  return step
}
