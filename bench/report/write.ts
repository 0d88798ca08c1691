import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { page } from './page.ts'
import { speedText, withSpeed } from './readme.ts'
import type { BenchResult } from '../result.ts'

const root = path.join(import.meta.dirname, '..', '..')
const readmeFile = path.join(root, 'README.md')

/** Of the last whole run: what the README quotes. */
export const latest = path.join(root, 'bench', 'results', 'latest.json')

/** The page of a run, which stands alone. The folder is made. */
export async function writeReport (result: BenchResult, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, page(result))
}

/** Where the page of a kept run is: beside it. */
export function reportOf (json: string): string {
  return path.resolve(json) === latest ? path.join(path.dirname(latest), 'report.html') : json.replace(/(\.json)?$/, '.html')
}

/** @returns the run that is kept; `null`: there is none */
export async function readResult (json: string): Promise<BenchResult | null> {
  try {
    return JSON.parse(await readFile(json, 'utf8')) as BenchResult
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** The tables of the README, made anew from the last whole run. */
export async function writeReadme (): Promise<void> {
  await writeFile(readmeFile, withSpeed(await readFile(readmeFile, 'utf8'), speedText(await readResult(latest))))
}

/** Keeps a run: the numbers, their page, and where it is the last whole one, what the README says of it. */
export async function keepResult (result: BenchResult, json: string): Promise<void> {
  await mkdir(path.dirname(json), { recursive: true })
  await writeFile(json, `${JSON.stringify(result, null, 2)}\n`)
  await writeReport(result, reportOf(json))
  if (path.resolve(json) === latest) await writeReadme()
}
