import { once } from 'node:events'
import { Parser, type ReadEntry } from 'tar'
import { Refused } from './refusal.ts'

export interface CodeFile {
  /** Relative to the package, with `/`; inside of it for certain. */
  file: string
  content: Buffer
}

/** Regular files that a build can read. Everything else (links, documents, maps, types, styles) is left where it is. */
export async function readCode (id: string, tar: Buffer): Promise<CodeFile[]> {
  const found: Array<{ file: string, content: Promise<Buffer> }> = []
  let fault: string | null = null
  // Nothing is thrown from in here: it is called out of the middle of the parser's work.
  const parser = new Parser({
    onReadEntry: entry => {
      const file = nameInPackage(entry)
      if (file !== null) fault ??= faultOf(file)
      if (file !== null && fault === null && isCode(file)) found.push({ file, content: entry.concat() })
      else entry.resume()
    }
  })
  const ended = once(parser, 'end').catch((error: unknown) => { fault ??= `cannot be unpacked (${error instanceof Error ? error.message : 'damaged'})` })
  parser.end(tar)
  await ended
  if (fault !== null) throw new Refused(`${id} ${fault as string}.`)
  if (!found.some(({ file }) => file === 'package.json')) throw new Refused(`${id} has no package.json.`)
  return await Promise.all(found.map(async ({ file, content }) => ({ file, content: await content })))
}

/** All of a package is below one folder, whatever its name. `null`: no regular file. */
function nameInPackage ({ type, path }: ReadEntry): string | null {
  return ['File', 'OldFile', 'ContiguousFile'].includes(type) ? path.split('/').slice(1).join('/') : null
}

function faultOf (file: string): string | null {
  if (file.endsWith('.node') || file === 'binding.gyp') return `is a native add-on (${file}), and functions are JavaScript only`
  // Windows would take a backslash for a separator.
  const isInside = !/[\\\0]/.test(file) && file.split('/').every(segment => !['', '.', '..'].includes(segment))
  return isInside ? null : 'has a file that does not stay in its folder'
}

function isCode (file: string): boolean {
  return /\.(?:[cm]?[jt]s|[jt]sx|json)$/.test(file) && !/\.d\.[cm]?ts$/.test(file)
}
