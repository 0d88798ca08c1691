import type { ClientSession } from 'mongodb'
import { StoreError } from '../store.ts'
import type { Collections } from './collections.ts'
import { isDuplicate } from './errors.ts'

/** The revision of the last commit. @throws {StoreError} `unavailable` where somebody has taken the collection away */
export async function readHead ({ heads }: Pick<Collections, 'heads'>, session?: ClientSession): Promise<number> {
  const head = await heads.findOne({ _id: 'head' }, session && { session })
  if (head === null) throw new StoreError('unavailable', 'The database has lost its revision')
  return head.revision
}

/** Where there is none yet. */
export async function initHead ({ heads }: Pick<Collections, 'heads'>): Promise<void> {
  try {
    await heads.insertOne({ _id: 'head', revision: 0 })
  } catch (error) {
    if (!isDuplicate(error)) throw error
  }
}
