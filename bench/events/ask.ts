import { request, type Dispatcher } from 'undici'

/** Whose request it is: a client of one environment. */
export interface Asker {
  host: string
  key: string
}

export interface Seen {
  status: number
  text: string
  /** Those of one edge worker begin alike. */
  requestId: string
}

/** One request, whatever is answered. */
export async function ask (url: string, { host, key }: Asker, path: string, dispatcher: Dispatcher): Promise<Seen> {
  const { statusCode, headers, body } = await request(`${url}${path}`, { dispatcher, headers: { host, 'x-api-key': key } })
  return { status: statusCode, text: await body.text(), requestId: String(headers['x-request-id']) }
}

/** No route answers there, and only who has a right key is told so: everything but the function, and nothing of a sandbox. */
export const noPath = '/nothing'

export function isLetIn ({ status, text }: Pick<Seen, 'status' | 'text'>): boolean {
  return status === 404 && text.includes('"route_not_found"')
}
