import t from 'tap'
import { streamAttacks } from './attacks.ts'
import { assertContained } from './matrix.ts'

await assertContained(t, streamAttacks)
