import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { systemClock, type Clock } from '#shared/clock.ts'

/** When the control plane last said that nothing is lacking, by both clocks. */
export interface Heard {
  /** Milliseconds since the epoch. */
  wallMs: number
  /** Milliseconds of the machine's monotonic clock, which all processes share; `null`: of another boot, and worth nothing. */
  monotonicMs: number | null
}

/** How old the configuration may be: so long this data plane has not known that it lacks nothing. */
export interface Freshness {
  hear: (heard: Heard) => void
  /** `Infinity`: it never has, or nobody can tell. */
  ageMs: () => number
}

export interface Clocks {
  wall: Clock
  monotonic: Clock
}

export const systemClocks: Clocks = { wall: systemClock, monotonic: { now: () => Number(process.hrtime.bigint() / 1_000_000n) } }

/** More than clocks are wrong by after a boot, before they are set. */
const maxBackwardsMs = 60_000

/**
 * The larger of what the two clocks say: a clock that is set back does not make the configuration younger, and a machine that slept, whose
 * monotonic clock stood still, does not either. A clock that is set forward makes it older until the next heartbeat.
 */
export function createFreshness ({ wall, monotonic }: Clocks = systemClocks): Freshness {
  let last: Heard | null = null
  return {
    hear: heard => { last = heard },
    ageMs: () => {
      if (last === null) return Infinity
      const byWall = wall.now() - last.wallMs
      if (last.monotonicMs !== null) return Math.max(0, byWall, monotonic.now() - last.monotonicMs)
      return byWall < -maxBackwardsMs ? Infinity : Math.max(0, byWall)
    }
  }
}

/** What was heard, kept for the next process: a file of its own, so that the replica is written only when something in it changes. */
export interface HeardFile {
  /** `null`: nothing, or nothing that can be read. */
  read: () => Heard | null
  /** @throws what the file system refuses */
  write: (heard: Heard) => void
}

export function openHeardFile (dataDir: string, bootId: string = readBootId()): HeardFile {
  const file = path.join(dataDir, 'last-heard.json')
  return {
    read: () => {
      const kept = parse(readIfThere(file))
      return kept === null ? null : { wallMs: kept.wallMs, monotonicMs: bootId !== '' && kept.bootId === bootId ? kept.monotonicMs : null }
    },
    write: heard => {
      writeFileSync(`${file}.new`, JSON.stringify({ ...heard, bootId }), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    }
  }
}

type Kept = { wallMs: number, monotonicMs: number | null, bootId: string }

/** What a crash has left half written is as good as nothing. */
function parse (text: string | null): Kept | null {
  if (text === null) return null
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null
    return typeof kept?.wallMs === 'number' && (typeof kept.monotonicMs === 'number' || kept.monotonicMs === null) ? { bootId: '', ...kept } as Kept : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Empty where the system has none: then nothing is known to be of this boot. */
function readBootId (): string {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

function readIfThere (file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
