import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { LogStore } from '../../control-plane/store/log-store.ts'
import { createSqliteLogStore } from '../../control-plane/store/sqlite/logs/sqlite-log-store.ts'
import { createOrigin, noon } from '../support/log-lines.ts'
import { temporaryDirectory } from '../support/platform.ts'

const dev = { gatewayId: 'shop', environment: 'dev' }

function prepare (t: Test) {
  const file = path.join(temporaryDirectory(t), 'logs.sqlite')
  const told: string[] = []
  const logger = pino({ level: 'debug' }, { write: text => { told.push(text) } })
  const open = (): LogStore => {
    const logStore = createSqliteLogStore({ file, clock: { now: () => noon }, maxAgeMs: 1e9, maxBytes: 1e9, logger })
    t.teardown(async () => await logStore.close())
    return logStore
  }
  return { file, aside: `${file}.damaged`, open, told }
}

async function messagesOf (logStore: LogStore): Promise<string[]> {
  const query = { functionName: null, minLevel: 'debug', requestId: null, since: 0, until: null, contains: null, order: 'desc' } as const
  return (await logStore.list(dev, query, { limit: 100, after: null })).items.map(({ message }) => message)
}

t.test('a file that is none is set aside, and new logs begin', async t => {
  const { file, aside, open, told } = prepare(t)
  writeFileSync(file, 'this is not a database, whatever its name says'.repeat(100))
  const logStore = open()
  await logStore.append(createOrigin()({ message: 'new' }))
  t.strictSame(await messagesOf(logStore), ['new'])
  t.match(readFileSync(aside, 'utf8'), /^this is not a database/)
  t.match(told.join(''), /the logs of functions are damaged; they have been set aside/)
})

t.test('what is another program\'s is set aside, too', async t => {
  const { file, aside, open } = prepare(t)
  const other = new DatabaseSync(file)
  other.exec('CREATE TABLE theirs (x)')
  other.close()
  t.strictSame(await messagesOf(open()), [])
  t.ok(existsSync(aside))
})

t.test('damage that is found later does not end anything either', async t => {
  const { file, aside, open, told } = prepare(t)
  const send = createOrigin()
  const first = open()
  for (let n = 0; n < 10; n++) await first.append(send(...Array.from({ length: 200 }, () => ({ message: 'x'.repeat(500) }))))
  await first.close()
  const bytes = readFileSync(file)
  // The head stays whole: it opens.
  writeFileSync(file, bytes.fill(0xa5, 8_192))
  const second = open()
  await second.append(send({ message: 'after' }))
  t.ok((await messagesOf(second)).includes('after'))
  t.ok(existsSync(aside))
  t.equal(told.length, 1)
})

t.test('the file is its owner\'s alone', async t => {
  const { file, open } = prepare(t)
  await open().append(createOrigin()({}))
  t.equal(statSync(file).mode & 0o077, 0)
})
