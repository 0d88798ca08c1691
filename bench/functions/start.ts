import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Peer } from '../peers/peer.ts'
import { headersOf, type MeasuredFunction } from './measured.ts'

/** What a peer is to serve, and where the function that fetches does so. */
export interface FunctionSetting {
  fn: MeasuredFunction
  backend: string
}

export type StartFunction = (setting: FunctionSetting) => Promise<Peer>

/** What all peers have that answer to anybody: what asks imprun carries a host and a key beside. */
export function functionPeer (fn: MeasuredFunction, server: Pick<Peer, 'name' | 'version' | 'pid' | 'close'> & { port: number, output?: () => string }): Peer {
  const { method, body, expectedBody } = fn
  const { port, ...rest } = server
  return {
    ...rest,
    url: `http://127.0.0.1:${port}${fn.path}`,
    headers: [headersOf(fn)],
    ...(method !== undefined && { method }),
    ...(body !== undefined && { body }),
    expectedBody,
    expectedHeaders: {}
  }
}

/** The sources for those that speak web standards, with the address. @returns the function's own file, beside which are those that it imports */
export async function copyWebFunction (folder: string, { fn, backend }: FunctionSetting): Promise<string> {
  const copy = path.join(folder, 'web')
  await mkdir(copy)
  await cp(path.join(import.meta.dirname, 'web'), copy, { recursive: true })
  await writeFile(path.join(copy, 'backend.ts'), `export const backend = ${JSON.stringify(backend)}\n`)
  return path.join(copy, `${fn.name}.ts`)
}
