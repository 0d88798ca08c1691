/**
 * A replica on a file system that gets full: `node full-disk.ts <folder>`, where a small tmpfs of its own is mounted. Says as JSON what
 * came of a batch that did not fit, of what was held, and of the same batch with room again.
 */
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openReplicaReader } from '../../data-plane/replica/reader.ts'
import { isPassing } from '../../data-plane/replica/sqlite-errors.ts'
import { openReplicaWriter, type ReplicaBatch } from '../../data-plane/replica/writer.ts'
import { applyBatch, environmentItem, gatewayItem, silent } from './replica.ts'

const folder = process.argv[2]!
const isSnapshot = process.argv[3] === 'snapshot'
const file = path.join(folder, 'replica.sqlite')
const writer = openReplicaWriter({ file, environments: null, logger: silent })
applyBatch(writer, 1, [gatewayItem('shop')])
const reader = openReplicaReader(file)
const filler = path.join(folder, 'filler')
fill(filler)

const large = [gatewayItem('shop'), environmentItem('shop', 'dev', [], { variables: { TEXT: 'x'.repeat(500_000) } })]
let batch: ReplicaBatch | null = null
let refused = false
try {
  batch = writer.begin({ type: 'begin', store: 'store-1', snapshot: isSnapshot })
  for (const item of large) batch.apply(item)
  batch.commit({ type: 'commit', revision: 2 })
} catch (error) {
  refused = isPassing(error)
}
batch?.rollback()
const served = reader.getGateway('shop') !== null
const held = writer.position().revision
rmSync(filler)
const change = applyBatch(writer, 2, large, { snapshot: isSnapshot })
if (change.all) reader.refresh()
const recovered = reader.getEnvironment('shop', 'dev') !== null
process.stdout.write(JSON.stringify({ refused, served, held, recovered }))

/** All but a few pages. */
function fill (name: string): void {
  for (let bytes = 4_000_000; bytes > 8_192; bytes -= 8_192) {
    try {
      return writeFileSync(name, Buffer.alloc(bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
