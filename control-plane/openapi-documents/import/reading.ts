import type { FieldError } from '#shared/errors.ts'
import { isObject, type JsonObject } from '#shared/json-schema/node.ts'
import { resolvePointer } from '#shared/json-schema/pointer.ts'
import { escapePointer } from '#shared/json-schema/run.ts'

/** A thing of the document, and where it stands there once references have been followed. */
export interface Found {
  value: JsonObject
  pointer: string
}

/** More would tell nobody anything. */
const maxNotes = 200
const maxReferences = 20

/** An operation that nothing can be made of. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly fault: FieldError

  constructor (pointer: string, detail: string) {
    super(detail)
    this.fault = { pointer, detail }
  }
}

/** An OpenAPI document, and what could not be taken over of it. */
export class Reading {
  readonly root: JsonObject
  readonly is30: boolean
  readonly ignored: FieldError[] = []
  readonly #seen = new Set<string>()

  constructor (root: JsonObject) {
    this.root = root
    this.is30 = String(root.openapi).startsWith('3.0')
  }

  ignore (pointer: string, detail: string): void {
    const key = `${pointer} ${detail}`
    if (this.#seen.has(key) || this.ignored.length >= maxNotes) return
    this.#seen.add(key)
    this.ignored.push({ pointer, detail })
  }

  /** The object itself, or what it refers to. @throws {Refused} */
  follow (value: unknown, pointer: string): Found {
    let found = { value, pointer }
    for (let steps = 0; steps < maxReferences; steps++) {
      if (!isObject(found.value)) throw new Refused(found.pointer, 'must be an object')
      const { $ref } = found.value
      if (typeof $ref !== 'string') return { value: found.value, pointer: found.pointer }
      found = this.find($ref, `${found.pointer}/$ref`)
    }
    throw new Refused(pointer, 'refers to itself without end')
  }

  /** @throws {Refused} */
  find ($ref: string, at: string): { value: unknown, pointer: string } {
    if (!$ref.startsWith('#')) throw new Refused(at, 'must begin with #: nothing is fetched from elsewhere')
    const pointer = decodePointer($ref.slice(1), at)
    const value = resolvePointer(this.root, pointer)
    if (value === undefined) throw new Refused(at, 'refers to nothing that is here')
    return { value, pointer }
  }
}

function decodePointer (fragment: string, at: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    throw new Refused(at, 'has a percent-encoding that cannot be decoded')
  }
}

/** Members of an object by name; none where it is no object. */
export function entriesOf (value: unknown, pointer: string): Array<{ name: string, value: unknown, pointer: string }> {
  return isObject(value) ? Object.entries(value).map(([name, member]) => ({ name, value: member, pointer: `${pointer}/${escapePointer(name)}` })) : []
}
