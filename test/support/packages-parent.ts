import { Packages } from '../../control-plane/packages/packages.ts'

/** A process that brings packages from a registry, for tests that kill it. */
await new Packages({ registry: process.argv[2]! }).resolve({ a: '1' })
