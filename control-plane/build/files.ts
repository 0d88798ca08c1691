import { posix } from 'node:path'
import type { Loader, Plugin } from 'esbuild'
import type { PackageFolder } from './package-files.ts'
import { addPackages, isBuiltin, packageNamespace } from './package-imports.ts'

/** Beside its packages, a function's own files are all that a build can see: whatever else an import names is refused. */
export type SourceFiles = ReadonlyMap<string, string>

export const namespace = 'function'
/** The module in front of the entry file: whatever that exports, its default is what runs. */
export const entryNamespace = 'entry'

const loaders: Record<string, Loader> = { '.ts': 'ts', '.mts': 'ts', '.tsx': 'tsx', '.js': 'js', '.mjs': 'js', '.json': 'json' }
export const codeExtensions = ['.ts', '.mts', '.tsx', '.js', '.mjs']
export const extensions = Object.keys(loaders)

/** @param packages `null`: the function has none */
export function filesPlugin (files: SourceFiles, packages: PackageFolder | null): Plugin {
  return {
    name: 'files',
    setup: build => {
      const imports = packages && addPackages(build, packages)
      build.onResolve({ filter: /.*/ }, async ({ path, importer, kind, namespace: origin, pluginData }) => {
        if (imports?.isLooking(pluginData)) return undefined
        if (kind === 'entry-point') return { path, namespace: entryNamespace }
        if (origin === entryNamespace) return { path, namespace }
        const wanted = origin === packageNamespace ? null : ownFile(path, importer)
        if (wanted === null && imports) return await imports.resolve(path, origin === packageNamespace ? importer : null, kind)
        if (wanted === null) return { errors: [{ text: refusal(path) }] }
        const found = resolve(files, wanted)
        return found === null ? { errors: [{ text: `There is no file "${path}" for "${importer}"` }] } : { path: found, namespace }
      })
      build.onLoad({ filter: /.*/, namespace: entryNamespace }, ({ path }) => ({
        contents: `export { default } from ${JSON.stringify(path)}`, loader: 'js'
      }))
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
        const contents = files.get(path)
        if (contents === undefined) throw new Error(`${path} was resolved and is not there`)
        return { contents, loader: loaders[posix.extname(path)] ?? 'ts' }
      })
    }
  }
}

/** As it is written, with an ending, as the TypeScript file that becomes this JavaScript file, or as the index of a folder. */
function resolve (files: SourceFiles, path: string): string | null {
  const candidates = [
    path,
    ...extensions.map(extension => path + extension),
    ...(/\.m?js$/.test(path) ? [path.replace(/js$/, 'ts'), path.replace(/js$/, 'tsx')] : []),
    ...extensions.map(extension => posix.join(path, `index${extension}`))
  ]
  return candidates.find(candidate => files.has(candidate)) ?? null
}

/** Where a file of the function stands that an import names: beside the importer, or below the root of all files, which is `@/`. */
function ownFile (path: string, importer: string): string | null {
  if (path.startsWith('@/')) return posix.join(path.slice(2))
  return /^\.\.?(?:\/|$)/.test(path) ? posix.join(posix.dirname(importer), path) : null
}

function refusal (path: string): string {
  if (isBuiltin(path)) return `"${path}" is a module of Node.js, which functions do not have`
  if (path.startsWith('/') || URL.canParse(path)) return `"${path}" cannot be imported: only the function's own files can`
  return `"${path}" is a package, and package.json, which is to stand among the files, does not have it in its dependencies`
}
