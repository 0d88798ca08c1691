import { once } from 'node:events'
import { freePorts } from './ports.ts'

/** A process that draws ports one by one, and holds them until its parent has seen enough. */
const ports: number[] = []
for (let i = 0; i < Number(process.argv[2]); i++) ports.push(...await freePorts(1))
const parentLeft = once(process, 'disconnect')
process.send!(ports)
await parentLeft
