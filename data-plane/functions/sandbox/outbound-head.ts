import type { EgressRequestHead, HeaderPair } from '../../egress/request.ts'

export type OutboundHead = Pick<EgressRequestHead, 'method' | 'url' | 'headers' | 'redirect'>

/** Reads what tenant code has had in its hands. `null`: it has not the shape that the egress wants; what is in it, the egress judges. */
export function readOutboundHead (text: string): OutboundHead | null {
  const head = parse(text)
  if (typeof head !== 'object' || head === null) return null
  const { method, url, headers, redirect } = head as Record<string, unknown>
  if (typeof method !== 'string' || typeof url !== 'string' || !isHeaders(headers)) return null
  return redirect === 'follow' || redirect === 'error' || redirect === 'manual' ? { method, url, headers, redirect } : null
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isHeaders (value: unknown): value is HeaderPair[] {
  return Array.isArray(value) && value.every(pair => Array.isArray(pair) && pair.length === 2 && pair.every(part => typeof part === 'string'))
}
