import type { Message } from 'esbuild'
import { Problem, type FieldError } from '#shared/errors.ts'
import { manifestFile } from '../packages/dependencies.ts'
import type { Compiler } from './compiler.ts'
import { entryNamespace, namespace, type SourceFiles } from './files.ts'
import type { PackageFolder } from './package-files.ts'
import { packageNamespace } from './package-imports.ts'
import { nameSources } from './source-map.ts'

export interface Bundle {
  /** A script that assigns the entry module's exports to `globalThis.__imprunExports`. */
  bundle: string
  /** Revision 3, with the author's file names and texts, and the names of the files of packages. */
  sourceMap: string
}

export interface BundleSource {
  files: SourceFiles
  entrypoint: string
  /** Where a file stands in the request. */
  pointer: (file: string) => string
}

/** What comes of it goes into every data plane. */
export const maxBundleBytes = 2 * 1024 * 1024

/**
 * Makes one script of a function's files and of what they need of packages.
 * @throws {Problem} `build_failed` with file, line and column of each fault
 */
export async function bundle (compiler: Compiler, source: BundleSource, packages: PackageFolder | null = null): Promise<Bundle> {
  const { files, entrypoint, pointer } = source
  refuseSourceMaps(source)
  const compiled = await compiler.compile(files, entrypoint, packages)
  if (!compiled.ok) throw failure(compiled.messages.map(message => fieldError(message, source)), source)
  const { metafile, outputFiles } = compiled.output
  // esbuild is silent about the default export of what is no ES module: an empty file, or CommonJS.
  if (metafile.inputs[`${namespace}:${entrypoint}`]?.format !== 'esm') throw failure([withoutDefaultExport(source)], source)
  const text = (name: string): string => outputFiles.find(({ path }) => path.endsWith(name))!.text
  const script = text('/bundle.js')
  if (Buffer.byteLength(script) > maxBundleBytes) {
    throw failure([{ pointer: pointer(entrypoint), detail: `must make a bundle of at most ${maxBundleBytes} bytes` }], source)
  }
  return { bundle: script, sourceMap: nameSources(text('/bundle.js.map'), source, packages) }
}

/** esbuild follows these comments, for `file:` URLs to the disk of this machine. */
function refuseSourceMaps (source: BundleSource): void {
  for (const [file, text] of source.files) {
    const at = text.search(/sourceMappingURL=\s*(?:file|data):/i)
    if (at === -1) continue
    const before = text.slice(0, at).split('\n')
    const place = { file, line: before.length, column: before.at(-1)!.length + 1 }
    throw failure([{ pointer: source.pointer(file), detail: 'must not refer to a source map: remove the sourceMappingURL', ...place }], source)
  }
}

function withoutDefaultExport ({ entrypoint, pointer }: BundleSource): FieldError {
  return { pointer: pointer(entrypoint), detail: 'must export a function as default: export default async function (ctx) { … }', file: entrypoint }
}

function fieldError ({ text, location }: Message, source: BundleSource): FieldError {
  const { files, entrypoint, pointer } = source
  if (location?.file.startsWith(`${entryNamespace}:`)) return withoutDefaultExport(source)
  const isOfPackage = location?.file.startsWith(`${packageNamespace}:`) === true
  const file = location?.file.slice((isOfPackage ? packageNamespace : namespace).length + 1)
  if (!location || file === undefined || (!isOfPackage && !files.has(file))) return { pointer: pointer(entrypoint), detail: text }
  // esbuild counts bytes from 0; editors count characters from 1.
  const column = Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1
  return { pointer: pointer(isOfPackage ? manifestFile : file), detail: text, file, line: location.line, column }
}

const maxErrors = 20

function failure (errors: FieldError[], { entrypoint, pointer }: BundleSource): Problem {
  const [first] = errors
  if (first === undefined) {
    const tooMuch = { pointer: pointer(entrypoint), detail: 'nests too deep, or takes too long to compile' }
    return new Problem('build_failed', 'The source is too much for the compiler.', { errors: [tooMuch] })
  }
  const place = first.line === undefined ? '' : `${first.file}:${first.line}:${first.column}: `
  return new Problem('build_failed', `${place}${first.detail}`, { errors: errors.slice(0, maxErrors) })
}
