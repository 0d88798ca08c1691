import path from 'node:path'

/** What V8 writes: a tree of calls, and which of them was running at each look. Microseconds. */
export interface CpuProfile {
  nodes: Array<{ id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }>
  startTime: number
  endTime: number
  samples?: number[]
  /** Before each look. */
  timeDeltas?: number[]
}

/** Who is to be asked about a frame: this project, a package of its, Node.js, or the engine below all of them. */
export type Kind = 'own' | 'package' | 'node' | 'engine'

/** A function where it was called from one chain of others, whichever calls there were. Microseconds. */
export interface Frame {
  name: string
  /** `data-plane/edge/app.ts`, `node_modules/undici/lib/core/request.js`, `node:http`; empty: the engine. */
  place: string
  kind: Kind
  self: number
  total: number
  /** The ones that took most first. */
  children: Frame[]
}

export interface Flame {
  root: Frame
  /** In which nothing ran; not a part of the root. */
  idle: number
  /** From the beginning to the end. */
  elapsed: number
}

/** Calls of one function from the same chain of functions become one frame. @param folder that the project is in */
export function flameOf (profile: CpuProfile, folder: string): Flame {
  const own = selfTimes(profile)
  const nodes = new Map(profile.nodes.map(node => [node.id, node]))
  const idle = profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)')
  const merge = (ids: readonly number[]): Frame[] => {
    const frames = new Map<string, { frame: Frame, ids: number[] }>()
    for (const id of ids) {
      const node = nodes.get(id)
      if (node === undefined || idle.includes(node)) continue
      const frame = frameOf(node, folder)
      const key = `${frame.place} ${frame.name}`
      const same = frames.get(key) ?? { frame, ids: [] }
      same.frame.self += own.get(id) ?? 0
      same.ids.push(...node.children ?? [])
      frames.set(key, same)
    }
    return [...frames.values()].map(({ frame, ids }) => complete({ ...frame, children: merge(ids) })).toSorted((a, b) => b.total - a.total)
  }
  const [root = { name: '(root)', place: '', kind: 'engine', self: 0, total: 0, children: [] }] = merge(profile.nodes.slice(0, 1).map(node => node.id))
  return { root, idle: sum(idle.map(({ id }) => own.get(id) ?? 0)), elapsed: profile.endTime - profile.startTime }
}

function complete (frame: Frame): Frame {
  return { ...frame, total: frame.self + sum(frame.children.map(child => child.total)) }
}

/** What was seen running ran until the next look. */
function selfTimes ({ samples = [], timeDeltas = [] }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>()
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[index + 1] ?? 0))
  return times
}

function frameOf ({ callFrame: { functionName, url, lineNumber } }: CpuProfile['nodes'][number], folder: string): Frame {
  const place = placeOf(url, folder)
  // Many have no name, and are not one for that.
  const unnamed = place === '' ? '(anonymous)' : `${path.posix.basename(place)}:${lineNumber + 1}`
  return { name: functionName === '' ? unnamed : functionName, place, kind: kindOf(place), self: 0, total: 0, children: [] }
}

function placeOf (url: string, folder: string): string {
  const file = url.startsWith('file://') ? decodeURIComponent(new URL(url).pathname) : url
  const inPackages = file.lastIndexOf('/node_modules/')
  if (inPackages >= 0) return file.slice(inPackages + 1)
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file
}

function kindOf (place: string): Kind {
  if (place === '') return 'engine'
  if (place.startsWith('node:')) return 'node'
  return place.startsWith('node_modules/') ? 'package' : 'own'
}

/** One function, wherever it was called from. */
export interface FunctionTime extends Pick<Frame, 'name' | 'place' | 'kind' | 'self' | 'total'> {}

/** The ones that took most themselves first. What a function that calls itself takes counts once. */
export function byFunction ({ root }: Pick<Flame, 'root'>): FunctionTime[] {
  const functions = new Map<string, FunctionTime>()
  const add = (frame: Frame, above: ReadonlySet<string>): void => {
    const key = `${frame.place} ${frame.name}`
    const { name, place, kind } = frame
    const found = functions.get(key) ?? { name, place, kind, self: 0, total: 0 }
    found.self += frame.self
    if (!above.has(key)) found.total += frame.total
    functions.set(key, found)
    for (const child of frame.children) add(child, new Set([...above, key]))
  }
  for (const frame of root.children) add(frame, new Set())
  return [...functions.values()].toSorted((a, b) => b.self - a.self)
}

function sum (values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
