import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Options, Scenario } from './scenario.ts'

/** What is to be measured, and how. */
export interface RunOrder {
  mode: 'short' | 'full'
  scenarios: readonly Scenario[]
  /** All that there are in this mode: the result stands for the project. */
  isWhole: boolean
  rounds: number
  secondsOfRound: number
  options: Options
  /** Where the result goes; `null`: where the last whole run is kept, or nowhere. */
  json: string | null
  /** Where CPU profiles of each process go; `null`: none are taken. */
  profileDir: string | null
}

const defaultProfileDir = path.join(import.meta.dirname, 'results', 'profiles')

/** @throws {TypeError} that says what is wrong, and what there is */
export function parseOrder (args: readonly string[], all: readonly Scenario[]): RunOrder {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      json: { type: 'string' },
      profile: { type: 'boolean', default: false },
      'profile-dir': { type: 'string' },
      gateways: { type: 'string' },
      stores: { type: 'string' },
      folder: { type: 'string' }
    }
  })
  if (positionals.some(name => name !== 'full')) throw new TypeError(`There is "full" and nothing else, not "${positionals.join(' ')}"`)
  const mode = positionals.length > 0 ? 'full' : 'short'
  const only = values.only.flatMap(names => names.split(','))
  return {
    mode,
    scenarios: only.length === 0 ? ofMode(all, mode) : choose(all, mode, only),
    isWhole: only.length === 0,
    rounds: positive('rounds', values.rounds),
    secondsOfRound: positive('seconds', values.seconds),
    options: {
      gateways: values.gateways?.split(',').map(size => positive('gateways', size)) ?? null,
      stores: values.stores?.split(',') ?? null,
      folder: values.folder ?? null
    },
    json: values.json ?? null,
    profileDir: values['profile-dir'] ?? (values.profile ? defaultProfileDir : null)
  }
}

function ofMode (scenarios: readonly Scenario[], mode: Scenario['mode']): Scenario[] {
  return scenarios.filter(scenario => mode === 'full' || scenario.mode === 'short')
}

/** A group's name stands for those of the mode; a scenario that is named is meant, whatever its mode. */
function choose (all: readonly Scenario[], mode: Scenario['mode'], only: readonly string[]): Scenario[] {
  const chosen = new Set<Scenario>()
  for (const name of only) {
    const ofGroup = all.filter(({ group }) => group === name)
    const named = ofGroup.length > 0 ? ofMode(ofGroup, mode) : all.filter(({ id }) => id === name)
    if (named.length === 0) throw new TypeError(ofGroup.length > 0 ? `All of ${name} is in "full"` : `There is no scenario "${name}", but ${all.map(({ id }) => id).join(', ')}`)
    for (const scenario of named) chosen.add(scenario)
  }
  return all.filter(scenario => chosen.has(scenario))
}

/** @throws {TypeError} that names the option */
function positive (name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number from 1, not "${text}"`)
  return value
}
