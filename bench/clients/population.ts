import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { encodeBase62 } from '#shared/base62.ts'
import { environmentDomain } from '#shared/host.ts'
import { consumerName } from '#shared/names.ts'

/** Clients with keys, in gateways with one environment each: everything follows from a number, so that nothing of a million has to be remembered. */
export interface Population {
  /** With which the ids of its gateways begin: lower-case letters. */
  prefix: string
  gateways: number
  clientsPerGateway: number
}

export interface Caller {
  gatewayId: string
  clientId: string
  /** What whoever is behind the proxy is told: `x-consumer-username`. */
  consumer: string
  host: string
  key: string
}

/** That every gateway has, and no other. */
export const environment = 'prod'

export function clientsOf ({ gateways, clientsPerGateway }: Population): number {
  return gateways * clientsPerGateway
}

export function gatewayIdOf ({ prefix }: Population, gateway: number): string {
  return `${prefix}${gateway}`
}

/** @param number from 0 */
export function callerOf (population: Population, number: number): Caller {
  const gatewayId = gatewayIdOf(population, Math.floor(number / population.clientsPerGateway))
  const clientId = `c${number}`
  return {
    gatewayId,
    clientId,
    consumer: consumerName(gatewayId, environment, clientId),
    host: environmentDomain(gatewayId, environment, 'localhost'),
    key: keyOf(`${population.prefix}/${number}`)
  }
}

export function callersIn (population: Population, gateway: number): Caller[] {
  return Array.from({ length: population.clientsPerGateway }, (_, index) => callerOf(population, gateway * population.clientsPerGateway + index))
}

/** What the request of a caller carries, of whichever proxy it is asked. */
export function headersOf ({ host, key }: Caller): Record<string, string> {
  return { host, 'x-api-key': key, origin }
}

/** The page whose script makes the call. */
export const origin = 'https://dashboard.example'

/** As real keys are, in no order that a table could profit from, except that anyone can tell them. */
function keyOf (name: string): string {
  const body = `imp_${environment}_${hash('sha256', name, 'hex').slice(0, 32)}`
  return `${body}_${encodeBase62(crc32(body), 6)}`
}
