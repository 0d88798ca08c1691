import t from 'tap'
import { findNginx } from '../support/front-proxies.ts'
import { passThrough } from './corpus/front.ts'

t.setTimeout(240_000)
await passThrough(t, 'nginx', findNginx)
