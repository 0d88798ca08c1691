/**
 * The smallest answer worth serving: an object made in the function, sent as JSON. The same work for every peer, so what differs is
 * what stands around it.
 */
export const path = '/hello'

export const expectedBody = '{"message":"Hello from a function","languages":["en","de","nl"],"ok":true}'

const value = `{ message: 'Hello from a function', languages: ['en', 'de', 'nl'], ok: true }`

/** For imprun. */
export const cloudFunction = `export default async function (ctx) {
  return ${value}
}
`

/** For workerd. */
export const worker = `export default {
  async fetch (request) {
    return Response.json(${value})
  }
}
`

/** For node:http. */
export function answer (): unknown {
  return { message: 'Hello from a function', languages: ['en', 'de', 'nl'], ok: true }
}

/** The page whose script makes the call; every peer is sent its `Origin`. */
export const origin = 'https://dashboard.example'
