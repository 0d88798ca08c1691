import { hash } from 'node:crypto'
import type { PolicyModule } from '../policy.ts'
import { standardMaxBytes, standardMaxEntryBytes } from './defaults.ts'
import type { CacheSettings } from './schema.ts'

/** What is kept, worked out beforehand. */
export interface CacheRules {
  readonly defaultSeconds: number
  readonly staleIfErrorSeconds: number
  readonly staleWhileRevalidateSeconds: number
  readonly obeysRequests: boolean
  readonly acrossReleases: boolean
  readonly maxBytes: number
  readonly maxEntryBytes: number
  /** Of the settings: what was kept under others is not met again. */
  readonly digest: string
}

export const cache: PolicyModule<CacheSettings> = {
  priority: 50,
  compile: settings => ({
    cache: {
      defaultSeconds: settings.defaultSeconds ?? 0,
      staleIfErrorSeconds: settings.staleIfErrorSeconds ?? 0,
      staleWhileRevalidateSeconds: settings.staleWhileRevalidateSeconds ?? 0,
      obeysRequests: settings.requestDirectives !== 'ignore',
      acrossReleases: settings.acrossReleases ?? false,
      maxBytes: settings.maxBytes ?? standardMaxBytes,
      maxEntryBytes: settings.maxEntryBytes ?? standardMaxEntryBytes,
      digest: hash('sha256', JSON.stringify(settings), 'base64url').slice(0, 10)
    }
  })
}
