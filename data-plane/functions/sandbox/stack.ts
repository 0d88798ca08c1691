import { SourceMap, type SourceMapPayload } from 'node:module'

/** Rewrites positions in the bundle, wherever they stand in a text, to `file:line:column` of the author's source. */
export type StackMapper = (text: string) => string

/** The name of the bundle in stack traces. */
export const bundleName = 'imprun:function'

const position = /imprun:function:(\d{1,9}):(\d{1,9})/g
/** Lines of our own code in a stack trace say nothing to the author. */
const ownFrame = /\n {4}at [^\n]*imprun:(?!function)[^\n]*/g

/** The map is parsed when the first position is met, and kept. */
export function createStackMapper (sourceMap: string): StackMapper {
  let parsed: SourceMap | null | undefined
  return text => {
    if (!text.includes('imprun:')) return text
    parsed ??= parse(sourceMap)
    return text.replace(ownFrame, '').replace(position, (whole, line, column) => {
      const origin = parsed?.findOrigin(Number(line), Number(column))
      return origin !== undefined && 'fileName' in origin ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}` : whole
    })
  }
}

/** A function may come without a map; its positions stay those of the bundle. */
function parse (sourceMap: string): SourceMap | null {
  return sourceMap === '' ? null : new SourceMap(JSON.parse(sourceMap) as SourceMapPayload)
}
