import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildWebRuntime, type WebRuntime } from './runtime/build.ts'

/** The texts that a sandbox evaluates in its isolates. Plain data: a sandbox reads it from a JSON file. */
export interface SandboxScripts {
  /** An expression: the function `bootstrap` of `sandbox/inside/main.ts`. */
  harness: string
  web: WebRuntime
}

/**
 * Bundled once per start of a data plane, by the trusted process: sandboxes start faster without it, and have no compiler.
 * @throws what esbuild throws where a source is missing or wrong, which a running installation cannot cause
 */
export async function buildSandboxScripts (): Promise<SandboxScripts> {
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
      logLevel: 'silent'
    }),
    buildWebRuntime()
  ])
  return { harness: `(()=>{'use strict';${built.outputFiles[0]?.text ?? ''}return harness.bootstrap})()`, web }
}
