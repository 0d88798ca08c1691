import t from 'tap'
import { escapeAttacks } from './attacks.ts'
import { assertContained } from './matrix.ts'

await assertContained(t, escapeAttacks)
