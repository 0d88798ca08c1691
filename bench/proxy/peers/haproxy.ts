import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findDebianProgram } from '../../../test/support/debian-package.ts'
import { freePorts } from '../../../test/support/ports.ts'
import type { Peer } from '../../peers/peer.ts'
import { endProcess } from '../../peers/process.ts'
import * as hello from '../../scenarios/hello.ts'
import { headersOf, keys } from '../keys.ts'
import { environmentOf, listening } from './nginx-process.ts'

/** A map of keys, and a rate for each of them, in one thread. */
export async function start (backend: string): Promise<Peer> {
  const program = await findDebianProgram('haproxy', '/usr/sbin/haproxy')
  const [port] = await freePorts(1) as [number]
  const folder = await mkdtemp(path.join(tmpdir(), 'imprun-bench-haproxy-'))
  await writeFile(path.join(folder, 'keys.map'), keys.map((key, index) => `${key} client${index}\n`).join(''))
  await writeFile(path.join(folder, 'haproxy.cfg'), `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend edge
  bind 127.0.0.1:${port}
  stick-table type string len 64 size 100k expire 60s store http_req_rate(10s)
  http-request set-var(txn.client) req.hdr(x-api-key),map_str(${folder}/keys.map)
  http-request deny deny_status 401 unless { var(txn.client) -m found }
  http-request track-sc0 var(txn.client)
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000000 }
  http-request del-header x-api-key
  http-request set-header x-consumer %[var(txn.client)]
  option forwardfor
  default_backend backend
backend backend
  server one ${new URL(backend).host} maxconn 1024 pool-max-conn 256
`)
  const child = spawn(program.file, ['-db', '-f', path.join(folder, 'haproxy.cfg')], { stdio: ['ignore', 'ignore', 'inherit'], env: environmentOf(program) })
  const close = async (): Promise<void> => {
    await endProcess(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await listening(port, child)
  } catch (error) {
    await close()
    throw error
  }
  const version = /version (\S+)/.exec(execFileSync(program.file, ['-v'], { encoding: 'utf8', env: environmentOf(program) }))?.[1] ?? 'Debian'
  return { name: 'haproxy', version, pid: child.pid!, url: `http://127.0.0.1:${port}${hello.path}`, headers: headersOf(keys), expectedBody: hello.expectedBody, expectedHeaders: {}, close }
}
