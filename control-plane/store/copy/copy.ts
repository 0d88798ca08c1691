import { isDeepStrictEqual } from 'node:util'
import { archiveKinds, type StoreArchive, type StoreIdentity } from './archive.ts'
import { checksum, type Checksum } from './checksum.ts'

export class CopyRefused extends Error {
  override readonly name = 'CopyRefused'
}

export interface CopyOptions {
  /** Nobody writes to it while it is copied. */
  from: StoreArchive
  /** Empty, or the beginning of a copy of the same state, which is gone on with. */
  to: StoreArchive
  onProgress?: (kind: string, records: number) => void
}

/**
 * Copies all that a store keeps and compares what both hold then. Only after that the copy becomes a store that can be opened.
 * @throws {CopyRefused} with nothing written, or with a copy that goes on where it has stopped
 */
export async function copyStore ({ from, to, onProgress = () => {} }: CopyOptions): Promise<{ identity: StoreIdentity, checksums: Checksum[] }> {
  const source = await from.identity()
  const progress = await to.readProgress()
  if (progress === null && !await to.isEmpty()) throw new CopyRefused(`${to.name} is not empty`)
  if (progress !== null && !isDeepStrictEqual(progress.source, source)) {
    throw new CopyRefused(`${to.name} holds the beginning of a copy of another state: store ${progress.source.id} at revision ${progress.source.revision}; empty it first`)
  }
  const kinds = progress === null ? archiveKinds : archiveKinds.slice(firstOf(progress.kind))
  for (const [index, kind] of kinds.entries()) {
    let after = index === 0 && progress !== null ? progress.after : null
    let copied = 0
    await to.writeProgress({ source, kind: kind.name, after })
    for (;;) {
      const { records, next } = await from.read(kind, after, kind.perPage)
      if (records.length > 0) await to.write(kind, records)
      copied += records.length
      onProgress(kind.name, copied)
      if (next === null) break
      after = next
      await to.writeProgress({ source, kind: kind.name, after })
    }
  }
  await to.writeProgress({ source, kind: null, after: null })
  return { identity: source, checksums: await settle({ from, to, source }) }
}

function firstOf (kind: string | null): number {
  return kind === null ? archiveKinds.length : archiveKinds.findIndex(({ name }) => name === kind)
}

async function settle ({ from, to, source }: CopyOptions & { source: StoreIdentity }): Promise<Checksum[]> {
  const [theirs, ours] = [await checksum(from), await checksum(to)]
  const wrong = theirs.filter((each, index) => !isDeepStrictEqual(each, ours[index])).map(({ kind }) => kind)
  if (wrong.length > 0) throw new CopyRefused(`the copies of ${wrong.join(', ')} differ from what was copied; empty ${to.name} and begin anew`)
  if (!isDeepStrictEqual(await from.identity(), source)) throw new CopyRefused(`${from.name} was written to meanwhile; empty ${to.name} and begin anew`)
  await to.takeIdentity(source)
  await to.writeProgress(null)
  return ours
}
