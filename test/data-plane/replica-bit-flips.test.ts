import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { ReplicaDamaged } from '../../data-plane/replica/errors.ts'
import { openReplicaReader } from '../../data-plane/replica/reader.ts'
import type { ReplicaReader } from '../../data-plane/replica/replica.ts'
import { openReplicaWriter } from '../../data-plane/replica/writer.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { createRandom } from '../support/random.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash, silent, versionItem } from '../support/replica.ts'

const rounds = 150
const clients = 400

function fill (file: string): ReturnType<typeof openReplicaWriter> {
  const writer = openReplicaWriter({ file, environments: null, logger: silent })
  applyBatch(writer, 5, [
    gatewayItem('shop'), versionItem('shop', 'v1'), environmentItem('shop', 'dev', ['v1'], { variables: { A: 'some text' } }),
    ...Array.from({ length: clients }, (_, i) => clientItem('shop', 'dev', `c${i}`, [keyHash(`a${i}b`)]))
  ])
  return writer
}

/** All that can be asked, or that it is known to be damaged. */
function readAll (replica: ReplicaReader): unknown[] {
  const asked = [
    replica.revision, () => replica.getGateway('shop'), () => replica.getEnvironment('shop', 'dev'), () => replica.getFunctionVersion('shop', 'v1'),
    ...Array.from({ length: clients }, (_, i) => () => replica.findKey(keyHash(`a${i}b`)))
  ]
  return asked.map(ask => ask())
}

t.test('wherever one bit flips, nothing is served that was not written', async t => {
  const folder = temporaryDirectory(t)
  const original = path.join(folder, 'original.sqlite')
  fill(original).close()
  const bytes = readFileSync(original)
  const file = path.join(folder, 'replica.sqlite')
  let found = 0
  const intact = open(original)
  for (let seed = 1; seed <= rounds; seed++) {
    const random = createRandom(seed)
    const place = random.integer(bytes.length)
    const flipped = Buffer.from(bytes)
    flipped[place]! ^= 1 << random.integer(8)
    writeFileSync(file, flipped)
    const writer = openReplicaWriter({ file, environments: null, logger: silent })
    const isHeld = writer.position().store !== null
    if (isHeld) t.strictSame(open(file), intact, `seed ${seed}, byte ${place}`)
    else found++
    writer.close()
  }
  t.ok(found > rounds / 4, `${found} of ${rounds} were noticed; the rest hit what holds nothing`)
})

function open (file: string): unknown[] {
  const reader = openReplicaReader(file)
  try {
    return readAll(reader)
  } finally {
    reader.close()
  }
}

t.test('a bit that flips while the replica is read is noticed by whoever reads it, who says which file it was', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  const writer = fill(file)
  writer.close()
  const bytes = readFileSync(file)
  bytes[bytes.indexOf('some text')]! ^= 4
  writeFileSync(file, bytes)
  const reported: unknown[] = []
  const reader = openReplicaReader(file, { onDamage: generation => reported.push(generation) })
  t.teardown(reader.close)
  t.throws(() => reader.getEnvironment('shop', 'dev'), { name: ReplicaDamaged.name })
  t.match(reported, [/^\d+\/\d+$/])
  t.not(reader.getGateway('shop'), null, 'another row is as good as ever')
})

t.test('a bit that flips in the log is noticed, too', async t => {
  const file = path.join(temporaryDirectory(t), 'replica.sqlite')
  const writer = fill(file)
  t.teardown(writer.close)
  applyBatch(writer, 6, [environmentItem('shop', 'dev', ['v1'], { variables: { A: 'another text' } })])
  const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)]
  t.ok(log.includes('another text'))
  const copy = path.join(temporaryDirectory(t), 'replica.sqlite')
  const at = log.lastIndexOf('another text')
  log[at]! ^= 4
  writeFileSync(copy, main)
  writeFileSync(`${copy}-wal`, log)
  const second = openReplicaWriter({ file: copy, environments: null, logger: silent })
  t.teardown(second.close)
  t.strictSame(second.position(), { store: 'store-1', revision: 5 }, 'the transaction that it stands in never happened')
})
