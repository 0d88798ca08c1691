import * as esbuild from 'esbuild'
import { filesPlugin, type SourceFiles } from './files.ts'
import type { PackageFolder } from './package-files.ts'

/** Longer than any honest build: a megabyte of nothing but statements took two seconds. */
const deadlineMs = 10_000

export type Compiled = { ok: true, output: esbuild.BuildResult<{ write: false, metafile: true }> } | { ok: false, messages: esbuild.Message[] }

/**
 * esbuild, which runs as a process beside this one. One build at a time: hostile sources can take its process down (a million nested
 * parentheses exhaust its stack) or keep it busy, and then it is the one that is building that is to blame, and nobody else's is lost.
 */
export class Compiler {
  #queue: Promise<unknown> = Promise.resolve()

  /** @returns `messages` without a place where the source broke esbuild itself */
  async compile (files: SourceFiles, entrypoint: string, packages: PackageFolder | null): Promise<Compiled> {
    const result = this.#queue.then(() => build(files, entrypoint, packages))
    this.#queue = result.catch(() => undefined)
    return await result
  }

  async close (): Promise<void> {
    await this.#queue
    await esbuild.stop()
  }
}

async function build (files: SourceFiles, entrypoint: string, packages: PackageFolder | null): Promise<Compiled> {
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => deadline.reject(new Error('The build took too long')), deadlineMs)
  try {
    return { ok: true, output: await Promise.race([esbuild.build(buildOptions(files, entrypoint, packages)), deadline.promise]) }
  } catch (error) {
    if (isBuildFailure(error)) return { ok: false, messages: error.errors }
    // Its process is gone or hangs; the next build starts another one.
    await esbuild.stop()
    return { ok: false, messages: [] }
  } finally {
    clearTimeout(timer)
  }
}

function buildOptions (files: SourceFiles, entrypoint: string, packages: PackageFolder | null) {
  return {
    plugins: [filesPlugin(files, packages)],
    entryPoints: [entrypoint],
    // A name for the output and a folder for the rest: nothing is read or written there.
    absWorkingDir: '/',
    outfile: '/bundle.js',
    write: false,
    metafile: true,
    bundle: true,
    format: 'iife',
    globalName: '__imprunExports',
    // The author wrote modules, which are strict; scripts are only if they say so.
    banner: { js: '"use strict";' },
    // A strict script that is evaluated keeps its variables to itself.
    footer: { js: 'globalThis.__imprunExports = __imprunExports;' },
    ...(packages === null ? { platform: 'neutral' } : packageOptions),
    target: 'esnext',
    charset: 'utf8',
    jsx: 'automatic',
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: true,
    // Otherwise tsconfig.json files are looked for on the disk.
    tsconfigRaw: '{}',
    logLevel: 'silent',
    // Errors are what is asked for here; the list is cut where it is answered.
    logLimit: 50
  } as const satisfies esbuild.BuildOptions
}

/** What packages are written for comes nearest to a worker: the standards of the web, without a document and without Node.js. */
const packageOptions = {
  platform: 'browser',
  conditions: ['worker', 'module'],
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' }
} as const satisfies esbuild.BuildOptions

function isBuildFailure (error: unknown): error is esbuild.BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
