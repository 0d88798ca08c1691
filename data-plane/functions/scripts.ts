import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { addInputs, buildWebRuntime, type WebRuntime } from './runtime/build.ts'

/** The texts that a sandbox evaluates in its isolates. Plain data: a sandbox reads it from a JSON file. */
export interface SandboxScripts {
  /** An expression: the function `bootstrap` of `sandbox/inside/main.ts`. */
  harness: string
  web: WebRuntime
}

/**
 * Bundled by the trusted process: sandboxes start faster without it, and have no compiler.
 * @param inputs to which every file is added that the scripts are made of, those included that say how
 * @throws what esbuild throws where a source is missing or wrong, which a running installation cannot cause
 */
export async function buildSandboxScripts (inputs = new Set<string>()): Promise<SandboxScripts> {
  const [built, web] = await Promise.all([
    build({
      entryPoints: [fileURLToPath(new URL('sandbox/inside/main.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'harness',
      platform: 'neutral',
      target: 'esnext',
      charset: 'ascii',
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: 'silent',
      metafile: true
    }),
    buildWebRuntime(inputs)
  ])
  addInputs(inputs, built.metafile, import.meta.filename)
  // Its version: another one may write other scripts.
  inputs.add(fileURLToPath(import.meta.resolve('esbuild/package.json')))
  return { harness: `(()=>{'use strict';${built.outputFiles[0]?.text ?? ''}return harness.bootstrap})()`, web }
}
