import type { WebRuntime } from './build.ts'
import { groupNames } from './groups.ts'
import type { GroupName } from './groups.ts'

/** As much of isolated-vm's `Isolate` as loading takes; only the sandbox itself knows the package. */
interface Isolate {
  compileScriptSync (text: string, options: object): Script
}

interface Script {
  runSync (context: unknown, options: { reference: true }): { derefInto (options: { release: true }): unknown }
}

/** What `produceCachedData` adds to a script: an `ExternalCopy`, which any isolate of the process can take. */
type CachedScript = Script & { cachedData?: object }

/**
 * Answers `host.loadGroup` in a sandbox process: evaluates the group's text in the context that asks, on the thread and inside
 * the very call that asks. V8's code cache, made here at the first use of a group and taken by every later isolate of the
 * process, saves it from being parsed and compiled again; it never comes from, nor goes to, anywhere else.
 */
export class GroupLoader {
  readonly #texts: WebRuntime['groups']
  readonly #codeCache = new Map<GroupName, object>()

  constructor (runtime: WebRuntime) {
    this.#texts = runtime.groups
  }

  /**
   * What an `ivm.Callback` made with this answers becomes the group's function inside the isolate.
   * @throws {TypeError} for anything but a group's name: tenant code may ask for what it likes
   */
  load (isolate: Isolate, context: unknown, name: unknown): unknown {
    const group = groupNames.find(known => known === name)
    if (group === undefined) throw new TypeError('There is no such group.')
    const cachedData = this.#codeCache.get(group)
    const script: CachedScript = isolate.compileScriptSync(this.#texts[group], {
      filename: `imprun:${group}`,
      ...(cachedData === undefined ? { produceCachedData: true } : { cachedData })
    })
    if (script.cachedData !== undefined) this.#codeCache.set(group, script.cachedData)
    const factory = script.runSync(context, { reference: true })
    return factory.derefInto({ release: true })
  }
}
