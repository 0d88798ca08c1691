import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { addInputs } from '../functions/runtime/build.ts'

/** The texts of programs that run shut in: CommonJS modules, whole but for native code and what Node.js brings. */
export interface Programs {
  sandbox: string
  /** Tells whether a sandbox could run: `functions/confinement.ts`. */
  probe: string
  egress: string
}

const entries: Readonly<Record<keyof Programs, string>> = {
  sandbox: '../functions/sandbox/main.ts',
  probe: '../functions/sandbox/probe.ts',
  egress: '../egress/main.ts'
}

/**
 * One file each. A process that is shut in has no compile cache: it would strip the types of a hundred files at each start, which takes
 * longer than all else that it does then. And what is not there need not be shown to it.
 * @param inputs to which every file is added that they are made of
 * @throws what esbuild throws where a source is missing or wrong, which a running installation cannot cause
 */
export async function buildPrograms (inputs: Set<string>): Promise<Programs> {
  const texts = await Promise.all(Object.entries(entries).map(async ([name, entry]) => [name, await bundle(entry, inputs)] as const))
  return Object.fromEntries(texts) as Record<keyof Programs, string>
}

async function bundle (entry: string, inputs: Set<string>): Promise<string> {
  const built = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: `node${process.versions.node}`,
    external: ['isolated-vm'],
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true
  })
  addInputs(inputs, built.metafile, import.meta.filename)
  return built.outputFiles[0]?.text ?? ''
}
