import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import type { Test } from 'tap'
import { findDebianProgram, type DebianProgram } from './debian-package.ts'
import { temporaryDirectory } from './platform.ts'
import { freePorts } from './ports.ts'
import { until } from './until.ts'

export interface FrontProxy {
  program: DebianProgram
  /** Writes its settings and says how it is started. @returns its arguments */
  prepare: (folder: string, port: number, gatewayPort: number) => string[]
}

const guide = readFileSync(path.join(import.meta.dirname, '../../docs/operations/behind-a-proxy.md'), 'utf8')

/** What operators are told to set, for the ports of a test. */
function settingsOf (name: string, port: number, gatewayPort: number): string {
  const [, settings] = new RegExp(`\`\`\`${name}\\n([^]*?)\`\`\``).exec(guide)!
  return settings!.replace('127.0.0.1:8080', `127.0.0.1:${gatewayPort}`).replace('listen 80;', `listen 127.0.0.1:${port};`).replace('bind :80', `bind 127.0.0.1:${port}`)
}

/** @throws {Error} that says why there is none */
export async function findNginx (): Promise<FrontProxy> {
  return {
    program: await findDebianProgram('nginx', '/usr/sbin/nginx'),
    prepare: (folder, port, gatewayPort) => {
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join('\n')
      writeFileSync(path.join(folder, 'nginx.conf'), `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${places}\n${settingsOf('nginx', port, gatewayPort)}\n}\n`)
      mkdirSync(path.join(folder, 'logs'))
      return ['-p', folder, '-c', path.join(folder, 'nginx.conf'), '-e', 'stderr']
    }
  }
}

/** @throws {Error} that says why there is none */
export async function findHaproxy (): Promise<FrontProxy> {
  return {
    program: await findDebianProgram('haproxy', '/usr/sbin/haproxy'),
    prepare: (folder, port, gatewayPort) => {
      const file = path.join(folder, 'haproxy.cfg')
      writeFileSync(file, settingsOf('haproxy', port, gatewayPort))
      return ['-db', '-f', file]
    }
  }
}

/** Starts it before the gateway. @returns its port */
export async function startFrontProxy (t: Pick<Test, 'teardown'>, { program, prepare }: FrontProxy, gatewayPort: number): Promise<number> {
  const [port] = await freePorts(1)
  const args = prepare(temporaryDirectory(t), port!, gatewayPort)
  // Its shell kills it when this process ends, in whatever way: its standard input ends then.
  const shell = spawn('/bin/sh', ['-c', '"$@" </dev/null & read -r _; kill -9 $!; wait $!', 'sh', program.file, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'], detached: true, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...(program.libraries !== null && { LD_LIBRARY_PATH: program.libraries }) }
  })
  let said = ''
  shell.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  t.teardown(async () => {
    const exited = once(shell, 'exit')
    shell.stdin.end()
    await exited
  })
  await until(`${program.file} listens`, async () => await accepts(port!) ? 'yes' : said, answer => answer === 'yes', 3_000)
  return port!
}

async function accepts (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await once(socket, 'connect').then(() => true, () => false).finally(() => socket.destroy())
}
