import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Test } from 'tap'
import { createClient } from '@redis/client'
import { temporaryDirectory } from '../platform.ts'
import { freePorts } from '../ports.ts'
import type { DebianProgram } from '../debian-package.ts'
import { findRedis } from './packages.ts'

/** A Redis of the test's own, which keeps nothing on the disk. */
export interface RedisServer {
  url: string
  port: number
  /** It hangs: connections stay open, and new ones are accepted by the system. */
  freeze: () => void
  thaw: () => void
  /** SIGKILL. */
  kill: () => Promise<void>
  /** Again, on the same port, with nothing in it. */
  start: () => Promise<void>
  /** One command on a connection of its own. */
  run: (...command: string[]) => Promise<unknown>
}

export interface RedisServerOptions {
  password?: string
  /** Further settings, as on its command line. */
  settings?: string[]
}

const fetchTimeoutMs = 180_000

/** Why the tests of this file have to be left out; `false`: they need not. */
export async function redisMissing (t: Test): Promise<string | false> {
  t.setTimeout(fetchTimeoutMs)
  return await findRedis().then(() => false, (error: Error) => error.message)
}

export async function startRedis (t: Pick<Test, 'teardown'>, { password, settings = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const program = await findRedis()
  const [port] = await freePorts(1)
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', temporaryDirectory(t), ...(password === undefined ? [] : ['--requirepass', password]), ...settings]
  const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`
  let running = await launch(program, args)
  t.teardown(async () => await end(running))
  return {
    url,
    port: port!,
    freeze: () => { process.kill(running.pid, 'SIGSTOP') },
    thaw: () => { process.kill(running.pid, 'SIGCONT') },
    kill: async () => await end(running),
    start: async () => { running = await launch(program, args) },
    run: async (...command) => {
      const client = await createClient({ url, RESP: 2, disableClientInfo: true, maintNotifications: 'disabled' }).connect()
      return await client.sendCommand(command).finally(() => client.destroy())
    }
  }
}

interface Running {
  shell: ChildProcess
  pid: number
}

/** Its shell kills it when this process ends, in whatever way: its standard input ends then. */
async function launch ({ file, libraries }: DebianProgram, args: string[]): Promise<Running> {
  const shell = spawn('/bin/sh', ['-c', '"$@" </dev/null & echo "pid $!"; read -r _; kill -9 $!; wait $!', 'sh', file, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'], detached: true, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...(libraries !== null && { LD_LIBRARY_PATH: libraries }) }
  })
  // Where it has ended by itself nobody reads.
  shell.stdin.on('error', () => undefined)
  const said = await readUntil(shell.stdout, 'Ready to accept connections')
  return { shell, pid: Number(/pid (\d+)/.exec(said)![1]) }
}

async function end ({ shell }: Running): Promise<void> {
  if (shell.exitCode !== null || shell.signalCode !== null) return
  const exited = once(shell, 'exit')
  shell.stdin!.end()
  await exited
}

async function readUntil (stream: Readable, words: string): Promise<string> {
  let said = ''
  for await (const chunk of stream.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk as string
    if (said.includes(words)) {
      stream.resume()
      return said
    }
  }
  throw new Error(`redis-server has ended: ${said.trim().split('\n').slice(-5).join('\n')}`)
}
