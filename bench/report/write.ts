import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { page } from './page.ts'
import type { BenchResult } from '../result.ts'

/** The page of a run, which stands alone. The folder is made. */
export async function writeReport (result: BenchResult, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, page(result))
}
