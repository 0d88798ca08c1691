import type { Peer } from '../peers/peer.ts'

export type FunctionName = 'hello' | 'echo' | 'cpu' | 'fetch'

/** A function that all peers have, each in its own words: `web/` for those that speak web standards, `cloud/` for imprun, the server of `node:http`. */
export interface MeasuredFunction extends Pick<Peer, 'method' | 'body' | 'expectedBody'> {
  name: FunctionName
  path: string
}

/** The page whose script makes the call; every peer is sent its `Origin`. */
export const origin = 'https://dashboard.example'

const jsonType = { 'content-type': 'application/json' }

/** Headers of its requests to any peer. */
export function headersOf ({ body }: MeasuredFunction): Record<string, string> {
  return { origin, ...(body !== undefined && jsonType) }
}

/** The smallest answer worth serving. */
export const hello: MeasuredFunction = {
  name: 'hello',
  path: '/hello',
  expectedBody: '{"message":"Hello from a function","languages":["en","de","nl"],"ok":true}'
}

/** JSON of so many bytes is parsed and sent back. */
export function echo (bytes: number): MeasuredFunction {
  const body = orders(bytes)
  return { name: 'echo', path: '/echo', method: 'POST', body, expectedBody: body }
}

/** About a millisecond of work. */
export const cpu: MeasuredFunction = { name: 'cpu', path: '/cpu', expectedBody: '{"primes":25997}' }

/** Asks a server for JSON, which is what it answers with. @param answer of that server */
export function fetching (answer: string): MeasuredFunction {
  return { name: 'fetch', path: '/fetch', expectedBody: `{"answered":${answer}}` }
}

/** As a shop's could be: numbers, texts, some of them not in ASCII, and nesting; what is missing to so many bytes is a note. */
export function orders (bytes: number): string {
  const items: unknown[] = []
  const lengthOf = (text: string): number => Buffer.byteLength(text)
  const whole = (note: string): string => JSON.stringify({ items, note })
  while (lengthOf(whole('')) <= bytes) {
    const number = items.length + 1
    items.push({ id: `order-${String(number).padStart(5, '0')}`, customer: 'Zoë Ålund', total: number * 7.25, isPaid: number % 3 !== 0, tags: ['gift', 'express'] })
  }
  items.pop()
  return whole('.'.repeat(bytes - lengthOf(whole(''))))
}
