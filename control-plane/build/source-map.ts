import { entryNamespace, namespace, type SourceFiles } from './files.ts'
import type { PackageFolder } from './package-files.ts'
import { emptyNamespace, missingNamespace, packageNamespace } from './package-imports.ts'

interface SourceMap { sources: string[], sourcesContent: Array<string | null> }

/**
 * A source map in which files are called as their author calls them, and those of packages by their place in `node_modules`, without
 * their texts: a stack trace needs none, and every data plane gets the map.
 */
export function nameSources (
  sourceMap: string, { files, entrypoint }: { files: SourceFiles, entrypoint: string }, packages: PackageFolder | null
): string {
  const map = JSON.parse(sourceMap) as SourceMap
  const names = new Map([...files.keys()].map(file => [`${namespace}:${file}`, file]))
  names.set(`${entryNamespace}:${entrypoint}`, 'imprun:entry')
  const nameOf = (source: string): string => {
    const [origin, file = ''] = splitOnce(source, ':')
    if (origin === packageNamespace && packages?.files.has(file)) return file
    if (origin === emptyNamespace || origin === missingNamespace) return `imprun:${origin}`
    const name = names.get(source)
    // Whatever esbuild may have read beside what it was given must not leave this machine.
    if (name === undefined) throw new Error(`The source map names "${source}", which is not one of the function's files`)
    return name
  }
  const sourcesContent = map.sourcesContent.map((text, index) => names.has(map.sources[index]!) ? text : null)
  return JSON.stringify({ ...map, sources: map.sources.map(nameOf), sourcesContent })
}

function splitOnce (text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
