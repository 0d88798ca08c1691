/** A process that reads a replica: `node replica-reader.ts <file>`; for each key hash that it is sent, it answers with what it finds. */
import { openReplicaReader } from '../../data-plane/replica/reader.ts'

const reader = openReplicaReader(process.argv[2]!)
process.on('message', (keyHash: string) => process.send!({ revision: reader.revision(), key: reader.findKey(keyHash) }))
process.send!('open')
