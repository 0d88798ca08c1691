import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import { inside, programs } from './chroot.ts'

/** A running PostgreSQL with DocumentDB. */
export interface Cluster {
  /** For `pg`: the folder of its Unix socket. */
  socketFolder: string
  stop: (how?: 'SIGINT' | 'SIGQUIT') => Promise<void>
}

/** Seen from inside the chroot. The socket is in the data folder, which nobody but the user inside and root can enter. */
const SETTINGS = `
listen_addresses = ''
max_connections = 300
superuser_reserved_connections = 5
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
# There is no /dev/shm inside.
dynamic_shared_memory_type = mmap
wal_level = minimal
max_wal_senders = 0
log_min_messages = fatal
log_min_error_statement = panic
# Nothing runs behind the tests' back.
cron.launch_active_jobs = off
`

export async function writeSettings (root: string, data: string, settings: Record<string, string> = {}): Promise<void> {
  const places = { unix_socket_directories: data, 'cron.host': data, 'documentdb.localhost_connection_string': `host=${data}` }
  const lines = Object.entries({ ...places, ...settings }).map(([name, value]) => `${name} = '${value}'`)
  await appendFile(path.join(root, data, 'postgresql.conf'), `${SETTINGS}${lines.join('\n')}\n`)
}

/**
 * Starts PostgreSQL on the data folder (as seen from inside). It ends with this process, however that ends: its shell waits for the end
 * of its standard input. @throws {Error} with the log when it does not start
 */
export async function startCluster (root: string, data: string): Promise<Cluster> {
  const script = `${await programs(root)}/postgres -D ${data} >>${data}/log 2>&1 </dev/null & read -r how; kill -s "\${how:-INT}" $!; wait $!`
  const child = spawn(...inside(root, '/bin/sh', '-c', script), {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C is for this process, which then ends that one in its own time.
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin', LC_ALL: 'C' }
  })
  // Nobody is there any more who could be told to end.
  child.stdin.on('error', () => {})
  const exited = once(child, 'exit')
  const socketFolder = path.join(root, data)
  const stop: Cluster['stop'] = async (how = 'SIGINT') => {
    child.stdin.end(`${how.slice('SIG'.length)}\n`)
    await exited
  }
  try {
    await answers(socketFolder, child)
  } catch (error) {
    await stop('SIGQUIT')
    const log = await readFile(path.join(root, data, 'log'), 'utf8').catch(() => '')
    throw new Error(`PostgreSQL did not start: ${log.trim().split('\n').slice(-8).join('\n')}`, { cause: error })
  }
  return { socketFolder, stop }
}

/** PostgreSQL tells nobody when it is ready but who asks. */
async function answers (socketFolder: string, child: ChildProcess): Promise<void> {
  for (let tries = 1; ; tries++) {
    const client = new Client({ host: socketFolder, user: 'postgres', database: 'postgres' })
    try {
      await client.connect()
      return
    } catch (error) {
      if (tries === 1_500 || child.exitCode !== null) throw error
      await new Promise(resolve => { setTimeout(resolve, 20) })
    } finally {
      await client.end().catch(() => {})
    }
  }
}
