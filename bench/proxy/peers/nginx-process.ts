import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findDebianProgram, type DebianProgram } from '../../../test/support/debian-package.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { endProcess } from '../../peers/process.ts'

/** One worker of nginx, in the foreground, with what is given inside of `http`. */
export async function startNginx (configure: (port: number) => string): Promise<{ port: number, pid: number, close: () => Promise<void> }> {
  const [port] = await freePorts(1) as [number]
  const folder = await mkdtemp(path.join(tmpdir(), 'imprun-bench-nginx-'))
  const file = path.join(folder, 'nginx.conf')
  await writeFile(file, `
    daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log warn; user root;
    events { worker_connections 4096; }
    http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
    ${configure(port)} }`)
  const program = await findDebianProgram('nginx', '/usr/sbin/nginx')
  const child = spawn(program.file, ['-c', file, '-p', folder, '-e', `${folder}/error.log`], { stdio: ['ignore', 'ignore', 'inherit'], env: environmentOf(program) })
  const close = async (): Promise<void> => {
    await endProcess(child)
    await rm(folder, { recursive: true, force: true })
  }
  await listening(port, child)
  return { port, pid: child.pid!, close }
}

export function environmentOf ({ libraries }: DebianProgram): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...(libraries !== null && { LD_LIBRARY_PATH: libraries }) }
}

/** It does not say when it listens. @throws where it ends, or does not within ten seconds */
export async function listening (port: number, child: ReturnType<typeof spawn>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`${child.spawnfile} does not listen`)
}
