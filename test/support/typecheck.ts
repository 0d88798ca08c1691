import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import path from 'node:path'
import type { Test } from 'tap'

export interface TypeFault {
  /** `name.ts:line`. */
  at: string
  /** `TS2304`. */
  code: string
  message: string
}

const compiler = fileURLToPath(new URL('lib/tsc.js', import.meta.resolve('typescript/package.json')))

/** What types/README.md tells authors to have. */
export const authorOptions = {
  target: 'esnext', lib: ['esnext'], types: ['@imprun/types'], module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true, noEmit: true, strict: true
}

/** Checks a project of these files with the repository's compiler; declarations are checked as well. Resolves with what it finds fault with. */
export async function typecheck (t: Test, files: Record<string, string>, compilerOptions: object = authorOptions): Promise<TypeFault[]> {
  // Inside the repository, so `@imprun/types` is found where every package is.
  const folder = t.testdir({ ...files, 'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }) })
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      if (error === null || typeof error.code === 'number') resolve(stdout + stderr)
      else reject(error)
    })
  })
  return output.split('\n').filter(line => line !== '' && !line.startsWith(' ')).map(text => {
    const [, file, line, code, message] = /^(\S+)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(text) ?? []
    if (code === undefined) throw new Error(output)
    return { at: `${path.basename(file!)}:${line}`, code, message: message! }
  })
}
