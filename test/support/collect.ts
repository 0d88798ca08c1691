import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Has V8 look for everything that nobody refers to. */
export const collect = runInNewContext('gc') as () => void
