import type { Format } from './text.ts'

/** YAML, unless `Accept` prefers JSON (RFC 9110, section 12.5.1). Who accepts neither gets YAML, too. */
export function negotiate (accept: string | undefined): Format {
  const ranges = new Map((accept ?? '*/*').split(',').map(readRange))
  const qualityOf = (type: string): number => ranges.get(type) ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0
  return qualityOf('application/json') > qualityOf('application/yaml') ? 'json' : 'yaml'
}

function readRange (text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase())
  const quality = Number(parameters.find(parameter => parameter.startsWith('q='))?.slice(2) ?? 1)
  return [range, Number.isNaN(quality) ? 0 : quality]
}
