import type { Store } from '../store.ts'
import { decode, encode } from './codec.ts'
import type { Collections } from './collections.ts'
import { isDuplicate } from './errors.ts'

/** The setting that holds the store's id. */
export const idSetting = 'storeId'

/** Settings belong to the installation, not to what readers of the feed follow: they make no revision. */
export function settingOperations ({ settings }: Pick<Collections, 'settings'>): Pick<Store, 'getSetting' | 'initSetting' | 'putSetting'> {
  const getSetting = async (name: string): Promise<string | null> => decode((await settings.findOne({ _id: name }))?.value ?? null)
  return {
    getSetting,
    initSetting: async (name, value) => {
      try {
        await settings.insertOne({ _id: name, value: encode(value) })
        return value
      } catch (error) {
        if (!isDuplicate(error)) throw error
        return (await getSetting(name))!
      }
    },
    putSetting: async (name, value) => { await settings.updateOne({ _id: name }, { $set: { value: encode(value) } }, { upsert: true }) }
  }
}
