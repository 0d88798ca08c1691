import npa from 'npm-package-arg'
import type { Dependencies } from './messages.ts'

export const manifestFile = 'package.json'
const maxDependencies = 100

/** What a function asks for: `dependencies` of the package.json at the root of its files; whatever else is in there is not looked at. */
export function readDependencies (files: ReadonlyMap<string, string>): { dependencies: Dependencies, faults: string[] } {
  const text = files.get(manifestFile)
  if (text === undefined) return { dependencies: {}, faults: [] }
  const manifest = parse(text)
  if (manifest === null) return { dependencies: {}, faults: ['must be a JSON object'] }
  const { dependencies = {} } = manifest
  if (!isDependencies(dependencies)) return { dependencies: {}, faults: ['must have names and versions in dependencies'] }
  const entries = Object.entries(dependencies).sort(([a], [b]) => a < b ? -1 : 1)
  if (entries.length > maxDependencies) return { dependencies: {}, faults: [`must have at most ${maxDependencies} dependencies`] }
  return { dependencies: Object.fromEntries(entries), faults: entries.flatMap(([name, specifier]) => faultOf(name, specifier) ?? []) }
}

function parse (text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDependencies (value: unknown): value is Dependencies {
  return isRecord(value) && Object.values(value).every(specifier => typeof specifier === 'string')
}

/** Only what a registry answers: anything else would be fetched from wherever the function's author says. */
function faultOf (name: string, specifier: string): string | null {
  try {
    const spec = npa.resolve(name, specifier)
    // It takes no name for no answer.
    if (name !== '' && (spec.registry === true || spec.subSpec?.registry === true)) return null
  } catch {
    return `must not depend on "${name}" at "${specifier}", which is no name or no version`
  }
  return `must name a version, a range or a tag of "${name}" in the registry, not "${specifier}"`
}
