import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { groupNames } from './groups.ts'
import type { GroupName } from './groups.ts'
import { substitutes } from './substitutes.ts'

/** The texts that are evaluated inside isolates. Plain data: a sandbox gets it as a JSON file. */
export interface WebRuntime {
  /** An expression: a function that takes a `RuntimeHost` and gives a `WebRuntimeHandle` (see `scope.ts`). */
  install: string
  /** Expressions: functions that take a `RuntimeScope` and give the group's exports (see `load.ts`). */
  groups: Record<GroupName, string>
}

/**
 * Bundles the web-standard globals from their packages.
 * @param inputs to which every file is added that they are made of
 * @throws what esbuild throws where a source is missing or wrong, which a running installation cannot cause
 */
export async function buildWebRuntime (inputs = new Set<string>()): Promise<WebRuntime> {
  const [install, ...texts] = await Promise.all([
    bundle('install.ts', inputs),
    ...groupNames.map(async name => await bundle(`globals/${name}.ts`, inputs, standIns[name]))
  ])
  const groups = Object.fromEntries(groupNames.map((name, index) => [name, wrapGroup(texts[index] ?? '')])) as WebRuntime['groups']
  return { install: `(host=>{const module={exports:{}};{${install ?? ''}}return module.exports.default(host)})`, groups }
}

// Packages probe the global object for natives. Inside, that would find the lazy globals and evaluate one group from within
// another, or itself; so they find nothing there.
function wrapGroup (code: string): string {
  return `(imprunScope=>{const module={exports:{}},globalThis={__proto__:null};${noSharedMemory}{${code}}return module.exports})`
}

// Isolates have no shared memory, but webidl-conversions takes the getters of its class to tell its instances: of these there are none.
const noSharedMemory = 'class SharedArrayBuffer{get byteLength(){throw new TypeError}get growable(){throw new TypeError}}'

/** Where a package takes other globals for granted: the exports of these, whatever tenant code made of the globals. */
const standIns: Partial<Record<GroupName, string>> = {
  url: 'shims/text-codecs.ts',
  streams: 'shims/stream-globals.ts',
  'text-streams': 'shims/text-stream-globals.ts',
  fetch: 'shims/fetch-globals.ts'
}

/** Identifiers stay as they are: class names are public (`URL.name`), and the functions of a bundle show in stack traces. */
async function bundle (entry: string, inputs: Set<string>, standIn?: string): Promise<string> {
  const built = await build({
    entryPoints: [here(entry)],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'esnext',
    // One-byte strings take half the memory of an isolate that two-byte ones take.
    charset: 'ascii',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'silent',
    inject: standIn === undefined ? [] : [here(standIn)],
    define: { 'globalThis.TransformStream': 'TransformStream', window: 'undefined', self: 'undefined', global: 'undefined' },
    plugins: [substitutes],
    metafile: true
  })
  addInputs(inputs, built.metafile, import.meta.filename, here('groups.ts'), here('substitutes.ts'))
  return built.outputFiles[0]?.text ?? ''
}

function here (file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

/** What esbuild has read, which it names from the working directory, and what has told it how. */
export function addInputs (inputs: Set<string>, { inputs: read }: Metafile, ...instructions: string[]): void {
  for (const file of [...Object.keys(read), ...instructions]) inputs.add(path.resolve(file))
}
