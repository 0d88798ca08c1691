import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import { inside, programs, USER } from './chroot.ts'
import { startCluster, writeSettings } from './cluster.ts'
import { TABLE } from './done.ts'
import { run } from './run.ts'

/** An empty cluster with the extension, seen from inside: each run gets a copy. */
export const TEMPLATE = '/template'

export async function makeTemplate (root: string): Promise<void> {
  const data = path.join(root, TEMPLATE)
  await mkdir(data, { mode: 0o700 })
  await chown(data, USER, USER)
  const options = ['-D', TEMPLATE, '-U', 'postgres', '-A', 'trust', '--no-locale', '-E', 'UTF8', '--wal-segsize=4', '--no-sync']
  await run(...inside(root, `${await programs(root)}/initdb`, ...options))
  const plain = await readFile(path.join(data, 'postgresql.conf'))
  await writeSettings(root, TEMPLATE, { fsync: 'off' })
  const cluster = await startCluster(root, TEMPLATE)
  try {
    const client = new Client({ host: cluster.socketFolder, user: 'postgres', database: 'postgres' })
    await client.connect()
    await client.query('CREATE EXTENSION documentdb CASCADE')
    await client.query(TABLE)
    await client.end()
  } finally {
    await cluster.stop()
  }
  await rm(path.join(data, 'log'))
  await writeFile(path.join(data, 'postgresql.conf'), plain)
}
