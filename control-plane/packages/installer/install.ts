import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { InstallReply, InstallRequest } from '../messages.ts'
import { refusalOf } from './refusal.ts'
import { createRegistry } from './registry.ts'
import { resolveDependencies } from './resolve.ts'
import { unpackAll } from './unpack.ts'

/** Brings packages into a folder, by name and range or exactly those of a lock. @throws what neither they nor the registry are to blame for */
export async function install (request: InstallRequest): Promise<InstallReply> {
  const { folder, limits } = request
  const registry = createRegistry(request.registry, path.join(folder, '.cache'))
  try {
    const locked = 'locked' in request ? request.locked : await resolveDependencies(request.dependencies, { folder, registry, limits })
    const files = await unpackAll(locked, { folder, registry, limits })
    await rm(registry.cache, { recursive: true, force: true })
    return { ok: true, installed: { locked, files } }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    return { ok: false, refusal }
  }
}
