import t from 'tap'
import { timeAttacks } from './attacks.ts'
import { assertContained } from './matrix.ts'

await assertContained(t, timeAttacks)
