import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { Header } from 'tar'

/** An npm registry of the test's own, as real as its HTTP: metadata at `/<name>`, tarballs beside it. */
export interface TestRegistry {
  url: string
  /** Publishes, or publishes anew what must never change. */
  publish: (manifest: Manifest, files?: Record<string, string | Buffer>, options?: PublishOptions) => void
  /** The paths that were asked for since the last look. */
  takeRequests: () => string[]
  /** From now on: another answer, for every request. */
  answerWith: (answer: ((request: IncomingMessage, response: ServerResponse) => void) | null) => void
}

export interface Manifest {
  name: string
  version: string
  dependencies?: Record<string, string>
  [member: string]: unknown
}

export interface PublishOptions {
  /** In the metadata, in the place of the true one. */
  integrity?: string
  /** The whole tarball, in the place of one made of the files. */
  tarball?: Buffer
  /** Beside the files. */
  entries?: TarEntry[]
}

export interface TarEntry { path: string, type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory', content?: string | Buffer, linkpath?: string }

interface Published { manifest: Manifest, tarball: Buffer, integrity: string }

export async function startRegistry (t: Test): Promise<TestRegistry> {
  const packages = new Map<string, Map<string, Published>>()
  let requests: string[] = []
  let answer: Parameters<TestRegistry['answerWith']>[0] = null
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!)
    requests.push(path)
    if (answer !== null) return answer(request, response)
    const found = tarballAt(packages, path) ?? packumentAt(packages, path, url)
    if (found === null) response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
    else response.writeHead(200, { 'content-type': Buffer.isBuffer(found) ? 'application/octet-stream' : 'application/json' }).end(found)
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    publish: (manifest, files = {}, options = {}) => {
      const versions = packages.get(manifest.name) ?? new Map<string, Published>()
      const entries = Object.entries({ 'package.json': JSON.stringify(manifest), ...files }).map(([file, content]) => ({ path: `package/${file}`, content }))
      const tarball = options.tarball ?? pack([...entries, ...options.entries ?? []])
      versions.set(manifest.version, { manifest, tarball, integrity: options.integrity ?? integrityOf(tarball) })
      packages.set(manifest.name, versions)
    },
    takeRequests: () => {
      const taken = requests
      requests = []
      return taken
    },
    answerWith: other => { answer = other }
  }
}

export function integrityOf (bytes: Buffer): string {
  return `sha512-${hash('sha512', bytes, 'base64')}`
}

/** A tarball as `npm pack` makes it. */
export function pack (entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', content = '', linkpath }) => {
    const bytes = Buffer.from(content)
    const block = Buffer.alloc(512)
    new Header({ path, type, size: bytes.length, mode: 0o644, mtime: new Date(0), ...(linkpath !== undefined && { linkpath }) }).encode(block, 0)
    return [block, bytes, Buffer.alloc((512 - bytes.length % 512) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function tarballAt (packages: Map<string, Map<string, Published>>, path: string): Buffer | null {
  const [, name, version] = /^\/(.+)\/-\/(\d.*)\.tgz$/.exec(path) ?? []
  return packages.get(name ?? '')?.get(version ?? '')?.tarball ?? null
}

function packumentAt (packages: Map<string, Map<string, Published>>, path: string, url: string): string | null {
  const versions = packages.get(path.slice(1))
  if (versions === undefined) return null
  const list = [...versions.values()].map(({ manifest, integrity }) => [manifest.version, {
    ...manifest, dist: { integrity, tarball: `${url}/${manifest.name}/-/${manifest.version}.tgz` }
  }] as const)
  return JSON.stringify({ name: path.slice(1), 'dist-tags': { latest: list.at(-1)![0] }, versions: Object.fromEntries(list) })
}
