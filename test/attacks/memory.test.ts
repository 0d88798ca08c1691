import t from 'tap'
import { memoryAttacks } from './attacks.ts'
import { assertContained } from './matrix.ts'

await assertContained(t, memoryAttacks)
