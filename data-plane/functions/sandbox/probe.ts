/**
 * Succeeds where a sandbox can run: everything loads, an isolate can be made, and privileges can be given up.
 *
 *     node probe.cjs <user id, or empty>
 */
import { canMakeIsolates } from './engine.ts'
import { dropPrivileges } from './privileges.ts'

const user = process.argv[2] ?? ''
if (user !== '') dropPrivileges(Number(user))
if (!canMakeIsolates()) process.exit(1)
