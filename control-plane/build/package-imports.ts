import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import path, { posix } from 'node:path'
import type { ImportKind, Loader, OnLoadResult, OnResolveResult, PluginBuild } from 'esbuild'
import { lookIn, packageRoot, type PackageFolder } from './package-files.ts'

/** Named by their place in the folder, wherever that is today: the same packages make the same bundle. */
export const packageNamespace = 'package'
/** What a package leaves out where there is no Node.js, and what it can do without. */
export const emptyNamespace = 'empty'
export const missingNamespace = 'missing'

const builtins = new Set(builtinModules)
const loaders: Record<string, Loader> = { '.json': 'json', '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx', '.jsx': 'jsx' }

export interface PackageImports {
  /** @param importer a file of a package; `null`: one of the function */
  resolve: (specifier: string, importer: string | null, kind: ImportKind) => Promise<OnResolveResult>
  /** true: not for the plugin to answer. */
  isLooking: (pluginData: unknown) => boolean
}

export function isBuiltin (specifier: string): boolean {
  return specifier.startsWith('node:') || builtins.has(specifier)
}

export function addPackages (build: PluginBuild, packages: PackageFolder): PackageImports {
  build.onLoad({ filter: /.*/, namespace: emptyNamespace }, () => ({ contents: 'module.exports = {}' }))
  build.onLoad({ filter: /.*/, namespace: missingNamespace }, ({ path }) => ({
    contents: `throw Object.assign(new Error(${JSON.stringify(`Cannot find module '${path}'`)}), { code: 'MODULE_NOT_FOUND' })`
  }))
  build.onLoad({ filter: /.*/, namespace: packageNamespace }, async ({ path: file }) => await load(packages.folder, file))
  const { find, isLooking } = lookIn(packages, build)
  return {
    isLooking,
    resolve: async (specifier, importer, kind) => {
      const refusal = refusalOf(specifier, importer, packages.names)
      if (refusal !== null) return { errors: [{ text: refusal }] }
      // A package may have the name of a module of Node.js; with the prefix it is that module.
      const found = specifier.startsWith('node:') ? 'nowhere' : await find(specifier, importer, kind)
      if (found === 'left-out') return { path: specifier, namespace: emptyNamespace }
      return found === 'nowhere' ? notFound(specifier, importer, kind) : { path: found.file, namespace: packageNamespace, sideEffects: found.sideEffects }
    }
  }
}

async function load (folder: string, file: string): Promise<OnLoadResult> {
  const text = await readFile(path.join(folder, file), 'utf8')
  // esbuild would follow these, for `file:` URLs anywhere on the disk.
  const contents = text.replaceAll(/([#@]\s*sourceMappingURL)(=\s*(?:file|data):)/gi, '$1_$2')
  return { contents, loader: loaders[posix.extname(file)] ?? 'js' }
}

function refusalOf (specifier: string, importer: string | null, names: ReadonlySet<string>): string | null {
  if (specifier.startsWith('/') || (URL.canParse(specifier) && !specifier.startsWith('node:'))) {
    return `"${specifier}" cannot be imported: only the function's own files and packages can`
  }
  if (importer !== null || isBuiltin(specifier) || names.has(packageName(specifier))) return null
  return `"${specifier}" is not among the dependencies in package.json`
}

function notFound (specifier: string, importer: string | null, kind: ImportKind): OnResolveResult {
  const fault = isBuiltin(specifier) ? 'a module of Node.js, which functions do not have' : 'which cannot be found'
  // Packages try what may not be there, and go on without it.
  if (importer !== null && kind === 'require-call' && !isBuiltin(specifier)) return { path: specifier, namespace: missingNamespace }
  if (importer !== null) return { errors: [{ text: `The package "${nameOfRoot(importer)}" needs "${specifier}", ${fault}` }] }
  return { errors: [{ text: isBuiltin(specifier) ? `"${specifier}" is ${fault}` : `"${specifier}" cannot be found in its package` }] }
}

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `@b/c` */
function nameOfRoot (file: string): string {
  return packageRoot(file).split('node_modules/').at(-1)!
}

/** `@scope/name/file` → `@scope/name` */
function packageName (specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
