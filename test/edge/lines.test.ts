import t from 'tap'
import { createLineWriter, type LineSink } from '../../data-plane/edge/lines.ts'

const line = '{"n":1}\n'
const fail = (error: unknown): never => { throw error }

t.test('a slow disk costs lines, not memory, and says how many', async t => {
  const written: string[] = []
  const opened = Promise.withResolvers<void>()
  const sink: LineSink = {
    write: async lines => {
      written.push(lines)
      await opened.promise
    },
    close: async () => {}
  }
  const writer = createLineWriter({ sink, onError: fail, flushBytes: line.length, maxWaitingBytes: 10 * line.length })
  for (let i = 0; i < 30; i++) writer.write(line)
  opened.resolve()
  await writer.close()
  t.equal(written.length, 2)
  const lines = written.join('').trimEnd().split('\n')
  t.equal(lines.length, 12, 'one under way, ten waiting, one that counts')
  t.match(JSON.parse(lines.at(-1)!), { dropped: 19 })
})

t.test('a disk that fails is told of once, and tried again', async t => {
  const errors: unknown[] = []
  let broken = true
  const written: string[] = []
  const sink: LineSink = {
    write: async lines => {
      if (broken) throw new Error('ENOSPC')
      written.push(lines)
    },
    close: async () => {}
  }
  const writer = createLineWriter({ sink, onError: error => { errors.push(error) }, flushBytes: 1 })
  writer.write(line)
  await new Promise(setImmediate)
  writer.write(line)
  await new Promise(setImmediate)
  broken = false
  writer.write(line)
  await writer.close()
  t.equal(errors.length, 1)
  t.equal(written.length, 1)
})
