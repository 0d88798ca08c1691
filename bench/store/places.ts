import path from 'node:path'
import { systemClock } from '#shared/clock.ts'
import type { StoreArchive } from '../../control-plane/store/copy/archive.ts'
import { openSqliteArchive } from '../../control-plane/store/sqlite/archive.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'

export interface Place {
  openArchive: () => Promise<StoreArchive>
  openStore: () => Promise<Store>
  close: () => Promise<void>
}

export interface PlaceMaker {
  name: string
  open: (size: number) => Promise<Place>
}

/** Each adapter when its turn comes, so that only one of them takes the machine's memory. */
export async function * openPlaces (names: readonly string[], folder: string): AsyncGenerator<PlaceMaker> {
  for (const name of names) {
    if (name === 'sqlite') yield sqlite(folder)
    else throw new TypeError(`There is no store "${name}"`)
  }
}

function sqlite (folder: string): PlaceMaker {
  return {
    name: 'sqlite',
    open: async size => {
      const file = path.join(folder, `${size}.sqlite`)
      return {
        openArchive: async () => await openSqliteArchive(file, systemClock),
        openStore: async () => await openSqliteStore({ file, clock: systemClock }),
        close: async () => {}
      }
    }
  }
}
