import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'

t.test('what it cannot start with is said in one line', async t => {
  const directory = dataDirectory(t)
  await writeFile(path.join(directory, 'file'), '')
  await mkdir(path.join(directory, 'other'))
  await writeFile(path.join(directory, 'other', 'store.sqlite'), 'this is no database, and it is longer than a header of one'.repeat(10))
  await mkdir(path.join(directory, 'token'))
  await writeFile(path.join(directory, 'token', 'data-plane-token'), 'short')
  const cases: Array<[what: string, env: Record<string, string>, line: RegExp]> = [
    ['a file in place of the data directory', { IMPRUN_DATA_DIR: path.join(directory, 'file') }, /file/],
    ['a data directory below a file', { IMPRUN_DATA_DIR: path.join(directory, 'file', 'data') }, /ENOTDIR.*file/],
    ['a store that is none', { IMPRUN_DATA_DIR: path.join(directory, 'other') }, /store/],
    ['a damaged token file', { IMPRUN_DATA_DIR: path.join(directory, 'token') }, /data-plane-token does not hold a token/],
    ['a MongoDB that is not there', { IMPRUN_DATA_DIR: path.join(directory, 'a'), MONGODB_URL: 'mongodb://user:secret@127.0.0.1:1' }, /database cannot be used: .*ECONNREFUSED/],
    ['a connection string that is none', { IMPRUN_DATA_DIR: path.join(directory, 'a'), MONGODB_URL: 'mongodb://user:secret' }, /MONGODB_URL is no connection string/],
    ['a wrong setting', { IMPRUN_DATA_DIR: path.join(directory, 'b'), IMPRUN_CONTROL_PORT: 'many' }, /IMPRUN_CONTROL_PORT must be a whole number/],
    ['a host that is not here', { IMPRUN_DATA_DIR: path.join(directory, 'c'), IMPRUN_HOST: '192.0.2.1' }, /EADDRNOTAVAIL/]
  ]
  for (const [what, env, line] of cases) {
    const { exit } = forkControlPlane(t, env)
    const { code, stderr } = await exit
    t.equal(code, 1, what)
    t.match(stderr, /^imprun control-plane: [^\n]+\n$/, what)
    t.match(stderr, line, what)
    t.notMatch(stderr, /secret/)
  }
})

t.test('a data directory that cannot be written is said in one line', { skip: process.getuid?.() === 0 && 'root writes anywhere' }, async t => {
  const directory = dataDirectory(t)
  await chmod(directory, 0o500)
  const { exit } = forkControlPlane(t, { IMPRUN_DATA_DIR: path.join(directory, 'data') })
  t.match(await exit, { code: 1, stderr: /^imprun control-plane: EACCES[^\n]+\n$/ })
})
