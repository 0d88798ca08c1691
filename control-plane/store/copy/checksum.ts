import { createHash } from 'node:crypto'
import { archiveKinds, type ArchiveKind, type ArchiveRecord, type StoreArchive } from './archive.ts'

/** Of one kind of records, whatever their order. */
export interface Checksum {
  kind: string
  count: number
  /** Sum of the SHA-256 of the records, modulo 2^256, in hexadecimal: it does not depend on the order in which a store gives them. */
  sum: string
}

const modulus = 1n << 256n

export async function checksum (store: StoreArchive): Promise<Checksum[]> {
  const sums: Checksum[] = []
  for (const kind of archiveKinds) {
    let [count, sum] = [0, 0n]
    for await (const record of recordsOf(store, kind)) {
      count++
      sum = (sum + hashOf(record)) % modulus
    }
    sums.push({ kind: kind.name, count, sum: sum.toString(16).padStart(64, '0') })
  }
  return sums
}

export async function * recordsOf (store: StoreArchive, kind: ArchiveKind): AsyncGenerator<ArchiveRecord> {
  for (let after: string | null = null; ;) {
    const { records, next } = await store.read(kind, after, kind.perPage)
    yield * records
    if (next === null) return
    after = next
  }
}

function hashOf (record: ArchiveRecord): bigint {
  return BigInt(`0x${createHash('sha256').update(canonical(record)).digest('hex')}`)
}

/** JSON with the members of objects in order. Numbers are written as JavaScript reads them, whatever a store makes of them. */
function canonical (value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined).sort(([a], [b]) => a < b ? -1 : 1)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}
