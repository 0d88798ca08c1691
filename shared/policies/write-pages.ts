import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { policyPages } from './pages.ts'

/** `npm run docs:policies` */
const folder = path.join(import.meta.dirname, '..', '..', 'docs', 'policies')
mkdirSync(folder, { recursive: true })
for (const [name, text] of policyPages()) writeFileSync(path.join(folder, name), text)
