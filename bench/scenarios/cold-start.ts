import { performance } from 'node:perf_hooks'
import { environmentDomain } from '#shared/host.ts'
import type { Platform } from '../../test/support/launch.ts'
import { must, openGateway } from '../peers/imprun.ts'
import { percentiles, type Percentiles } from '../report.ts'

export interface ColdStartResult {
  functions: number
  /** Of each one's source; the bundle has about as many. */
  bundleBytes: number
  /** Of the first call that a function ever gets, over HTTP, all else being warm. */
  firstMs: Percentiles
  /** Of its second. */
  secondMs: Percentiles
}

const gatewayId = 'coldstart'
const bundleBytes = 50_000

/** Functions are deployed and left alone; then each is called twice, one after the other, on a machine that does nothing else. */
export async function measureColdStart ({ admin, traffic }: Platform, functions: number): Promise<ColdStartResult> {
  await openGateway(admin, gatewayId)
  const host = environmentDomain(gatewayId, 'dev', 'localhost')
  for (let index = 0; index <= functions; index++) {
    must(await admin('PUT', `/api-gateways/${gatewayId}/functions/cold${index}`, { methods: ['GET'], path: `/cold${index}`, source: sourceOf(index) }))
  }
  // The last one is not measured: that it answers says that the edge serves them all.
  while ((await traffic(host, `/cold${functions}`)).status !== 200);
  const first: number[] = []
  const second: number[] = []
  for (let index = 0; index < functions; index++) {
    for (const times of [first, second]) {
      const began = performance.now()
      const answer = await traffic(host, `/cold${index}`)
      times.push(performance.now() - began)
      const expected = `{"calls":${times === first ? 1 : 2},"index":${index}}`
      if (answer.text !== expected) throw new Error(`A cold function answered ${answer.status} ${answer.text} in place of ${expected}`)
    }
  }
  return { functions, bundleBytes, firstMs: percentiles(first), secondMs: percentiles(second) }
}

/** About what a validator, a router and some business rules come to: many small functions, texts, and tables that are built at the start. */
function sourceOf (index: number): string {
  const parts: string[] = []
  for (let part = 0, bytes = 0; bytes < bundleBytes - 300; part++) {
    const text = `export const rules${part} = {
  code: 'rule_${index}_${part}',
  fields: new Map([['name', ${part}], ['price', ${part * 7 % 100}]]),
  check (value) {
    if (typeof value !== 'object' || value === null) return { ok: false, reason: 'expected an object for rule ${part}' }
    const missing = [...this.fields.keys()].filter(key => !(key in value))
    return missing.length === 0 ? { ok: true } : { ok: false, reason: \`missing: \${missing.join(', ')}\` }
  }
}
`
    parts.push(text)
    bytes += text.length
  }
  return `${parts.join('')}
const all = [${parts.map((_, part) => `rules${part}`).join()}]
let calls = 0
export default function () {
  calls++
  if (!all.every(rule => rule.check({ name: 1, price: 2 }).ok)) throw new Error('a rule is broken')
  return { calls, index: ${index} }
}
`
}
