import { readFile } from 'node:fs/promises'
import path, { posix } from 'node:path'
import type { ImportKind, PluginBuild } from 'esbuild'

/** npm packages in a folder, which hold nothing that a build may not see. */
export interface PackageFolder {
  folder: string
  /** All files, relative to the folder, with `/`. */
  files: ReadonlySet<string>
  /** Names that the function may import. What these need themselves is theirs. */
  names: ReadonlySet<string>
}

/** `left-out`: the package says that it does without where there is no Node.js. */
export type Found = { file: string, sideEffects: boolean } | 'left-out' | 'nowhere'

export interface PackageFiles {
  /** @param importer a file of a package; `null`: one of the function */
  find: (specifier: string, importer: string | null, kind: ImportKind) => Promise<Found>
  /** true: esbuild is looking by itself, on behalf of `find`. */
  isLooking: (pluginData: unknown) => boolean
}

/** esbuild finds its way through `exports`, `browser` and `main` by itself; whatever it finds outside of the folder is not there. */
export function lookIn ({ folder, files }: PackageFolder, build: PluginBuild): PackageFiles {
  const looking = Symbol('looking')
  const manifestOf = createManifests(folder)

  const ask = async (specifier: string, importer: string | null, kind: ImportKind): Promise<Found> => {
    const resolveDir = path.join(folder, importer === null ? '.' : posix.dirname(importer))
    const found = await build.resolve(specifier, { resolveDir, kind, namespace: 'file', pluginData: looking })
    const isFound = found.errors.length === 0 && !found.external
    // Without a namespace: left out, and not installed either.
    if (isFound && found.namespace !== 'file') return 'left-out'
    const file = isFound ? path.relative(folder, found.path).replaceAll(path.sep, '/') : null
    if (importer !== null && isLeftOut(await manifestOf(importer), packageRoot(importer), { specifier, file })) return 'left-out'
    return file !== null && files.has(file) ? { file, sideEffects: found.sideEffects } : 'nowhere'
  }

  return {
    isLooking: pluginData => pluginData === looking,
    find: async (specifier, importer, kind) => {
      if (importer === null || !/^\.\.?\//.test(specifier)) return await ask(specifier, importer, kind)
      // A file that is named exactly is found without esbuild, which takes a millisecond; large packages have thousands of these.
      const { browser, sideEffects } = await manifestOf(importer)
      const file = posix.join(posix.dirname(importer), specifier)
      const isPlain = browser === null && typeof sideEffects === 'boolean' && files.has(file) && packageRoot(file) === packageRoot(importer)
      return isPlain ? { file, sideEffects } : await ask(specifier, importer, kind)
    }
  }
}

/** What a package.json says of the files beside it. */
interface Manifest {
  browser: object | null
  /** A list of files where it is no boolean. */
  sideEffects: unknown
}

/** Of the package that a file belongs to, read once. */
function createManifests (folder: string): (file: string) => Promise<Manifest> {
  const manifests = new Map<string, Promise<Manifest>>()
  const read = async (root: string): Promise<Manifest> => {
    const { browser, sideEffects = true } = JSON.parse(await readFile(path.join(folder, root, 'package.json'), 'utf8')) as Record<string, unknown>
    return { browser: typeof browser === 'object' ? browser : null, sideEffects }
  }
  return file => {
    const root = packageRoot(file)
    const known = manifests.get(root)
    if (known !== undefined) return known
    const manifest = read(root)
    manifests.set(root, manifest)
    return manifest
  }
}

/** `"browser": {"./node.js": false}`: esbuild knows it, but tells plugins of the file all the same. */
function isLeftOut ({ browser }: Manifest, root: string, { specifier, file }: { specifier: string, file: string | null }): boolean {
  const inside = file?.startsWith(`${root}/`) ? withoutEnding(posix.relative(root, file)) : null
  return Object.entries(browser ?? {}).some(([key, value]) => value === false && (key === specifier || withoutEnding(key) === inside))
}

/** `./lib/node.js` and `lib/node` are one file to whoever writes them. */
function withoutEnding (file: string): string {
  return posix.normalize(file).replace(/\.js$/, '')
}

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c` */
export function packageRoot (file: string): string {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? ''
}
