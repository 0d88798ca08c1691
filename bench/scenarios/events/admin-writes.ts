import { randomUUID } from 'node:crypto'
import type { Admin } from '../../../test/support/http.ts'
import { startPlatform } from '../../events/platform.ts'
import { addClient, saveFunction } from '../../events/writes.ts'
import { amount, times } from '../../figures.ts'
import { must } from '../../peers/imprun.ts'
import { NotComparable } from '../../report.ts'
import type { Figure } from '../../result.ts'
import type { Scenario } from '../../scenario.ts'

const oneByOne = 100
const together = 400
const atATime = 8
/** That functions and clients are written to. */
const gateways = 20

/** The write of this number, from 0. What is returned says where it can be read, and whether it is there. */
type Write = (admin: Admin, number: number) => Promise<{ path: string, isThere: (text: string) => boolean }>

/** Later ones write to the gateways that the first one has made. */
const writes: ReadonlyArray<readonly [kind: string, write: Write]> = [
  ['create a gateway', async (admin, number) => {
    const id = `writes${number}`
    must(await admin('POST', '/api-gateways', { id, name: 'Benchmark' }))
    return { path: `/api-gateways/${id}`, isThere: text => text.includes(`"${id}"`) }
  }],
  ['deploy a function', async (admin, number) => {
    const [gatewayId, text] = [gatewayOf(number), randomUUID()]
    await saveFunction(admin, { gatewayId }, 'written', `export default () => '${text}'`)
    return { path: `/api-gateways/${gatewayId}/functions/written`, isThere: found => found.includes(text) }
  }],
  ['add a client', async (admin, number) => {
    const place = { gatewayId: gatewayOf(number), environment: 'dev' }
    const { id } = await addClient(admin, place)
    return { path: `/api-gateways/${place.gatewayId}/environments/dev/clients/${id}`, isThere: text => text.includes(`"${id}"`) }
  }]
]

function gatewayOf (number: number): string {
  return `writes${number % gateways}`
}

/** What the admin API takes. */
export const adminWrites: Scenario = {
  id: 'events/admin-writes',
  group: 'events',
  title: 'Writes of the admin API',
  about: 'A control plane that has just been started, with the embedded store, each commit on the disk; a data plane follows. Gateways with three environments are created; functions saved, which builds them and releases them to one environment; ' +
    `clients added, with a key. The first of each compiles what its schemas are checked with, and is told apart. Then ${oneByOne} of each, one after the other, and ${together} of each, ${atATime} at a time, on ${gateways} gateways in turn.`,
  mode: 'short',
  run: async ({ started }) => {
    const { admin } = await startPlatform(started)
    const figures: Figure[] = []
    for (const [kind, write] of writes) figures.push(...await measure(admin, kind, write))
    return { figures }
  }
}

async function measure (admin: Admin, kind: string, write: Write): Promise<Figure[]> {
  const timed = async (number: number): Promise<number> => {
    const begunAt = performance.now()
    await write(admin, number)
    return performance.now() - begunAt
  }
  const first = await timed(0)
  const latencies: number[] = []
  for (let number = 1; number <= oneByOne; number++) latencies.push(await timed(number))
  const numbers = Array.from({ length: together }, (_, index) => 1 + oneByOne + index).values()
  const begunAt = performance.now()
  await Promise.all(Array.from({ length: atATime }, async () => { for (const number of numbers) await timed(number) }))
  const seconds = (performance.now() - begunAt) / 1_000
  const { path, isThere } = await write(admin, 1 + oneByOne + together)
  const { text } = must(await admin('GET', path))
  if (!isThere(text)) throw new NotComparable(`to ${kind} has left behind ${text.slice(0, 300)}`)
  return [
    times(`${kind}, one after the other`, latencies),
    amount(`${kind}, ${atATime} at a time`, 'requests/s', [together / seconds]),
    amount(`${kind}, the first one`, 'ms', [first])
  ]
}
