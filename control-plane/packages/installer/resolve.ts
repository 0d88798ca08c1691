import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import Arborist, { type Node } from '@npmcli/arborist'
import type { Dependencies, PackageLimits } from '../messages.ts'
import { Refused } from './refusal.ts'
import type { RegistryOptions } from './registry.ts'
import type { LockedPackage } from '../../store/documents.ts'

export interface ResolveOptions { folder: string, registry: RegistryOptions, limits: PackageLimits }

/**
 * What npm would install for these dependencies, and where; only metadata is fetched. Development and optional dependencies are left out,
 * the latter because they are there for one platform each.
 */
export async function resolveDependencies (dependencies: Dependencies, { folder, registry, limits }: ResolveOptions): Promise<LockedPackage[]> {
  const root = path.join(folder, 'root')
  await mkdir(root)
  await writeFile(path.join(root, 'package.json'), JSON.stringify({ name: 'function', version: '0.0.0', private: true, dependencies }))
  const arborist = new Arborist({ ...registry, path: root, audit: false, ignoreScripts: true, workspacesEnabled: false, engineStrict: false })
  const tree = await arborist.buildIdealTree()
  const nodes = [...tree.inventory.values()].filter(node => !node.isProjectRoot && !node.dev && !node.optional)
  if (nodes.length > limits.packages) throw new Refused(`${nodes.length} packages would be needed, and ${limits.packages} are the most.`)
  return nodes.map(lock).sort((a, b) => a.path < b.path ? -1 : 1)
}

function lock (node: Node): LockedPackage {
  const { packageName: name, version, integrity, location } = node
  const id = `${name}@${version}`
  if (node.hasShrinkwrap) throw new Refused(`${id} brings a lock of its own (npm-shrinkwrap.json), which is not supported.`)
  if (node.package.gypfile) throw new Refused(`${id} is a native add-on, and functions are JavaScript only.`)
  if (!integrity) throw new Refused(`${id} has no integrity in the registry, so it could not be told from something else later.`)
  return { name, version, integrity, path: location }
}
