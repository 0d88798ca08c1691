import { request } from 'undici'
import { startTarget } from '../support/egress.ts'
import { forkPlatform } from '../support/launch.ts'
import { descendants, sandboxesOf, type ProcessEntry } from '../support/processes.ts'
import { until } from '../support/until.ts'
import type { Fault } from './fault.ts'
import { addUpstream, type Stage } from './stage.ts'

const manyLooks = 6_000
const streams = 8

/** Kills one process of the data plane, and waits for another one of its kind. */
function killed (name: string, entry: string): Fault {
  return {
    name: `${name} killed`,
    happen: async ({ data, load, seeChange }, recovering) => {
      await killOne(() => descendants(data.pid).filter(({ command }) => command.includes(entry)), load, recovering)
      await seeChange()
    }
  }
}

async function killOne (find: () => ProcessEntry[], load: Stage['load'], recovering: () => void): Promise<void> {
  const before = find()
  const [victim] = before
  if (victim === undefined) throw new Error('there is no such process')
  recovering()
  load.cut(() => process.kill(victim.pid, 'SIGKILL'))
  const isBack = (found: ProcessEntry[]): boolean => found.filter(({ pid }) => pid !== victim.pid).length >= before.length
  await until('another one', find, isBack, manyLooks)
  await load.progress(200)
}

export const processFaults: Fault[] = [
  killed('edge worker', 'data-plane/edge/worker.ts'),
  {
    name: 'sandbox killed',
    happen: async ({ load, seeChange, data }, recovering) => {
      await killOne(() => sandboxesOf(data.pid), load, recovering)
      await seeChange()
    }
  },
  killed('egress', 'bundles/egress.cjs'),
  killed('supervisor', 'data-plane/supervisor-process.ts'),
  {
    name: 'keeper killed, and started again',
    happen: async ({ data, load, seeChange }, recovering) => {
      await data.kill()
      await load.progress(200)
      recovering()
      await data.start()
      await load.progress(600)
      await seeChange()
    }
  },
  {
    name: `rolling restart, with ${streams} streams open`,
    happen: async ({ admin, data, dataUrl, headers, key, load, shop, seeChange, teardown }, recovering) => {
      let finish = (): void => {}
      const finished = new Promise<void>(resolve => { finish = resolve })
      const target = await startTarget({ teardown }, (asked, response) => {
        response.write('begun\n')
        if (asked.headers['x-wait'] === undefined) response.end()
        else void finished.then(() => response.end('finished'))
      })
      await addUpstream(admin, 'stream', target.origin)
      await shop.askUntil('dev', '/stream', answer => answer.status === 200, { key })
      const open = await Promise.all(Array.from({ length: streams }, async () => await request(`${dataUrl}/stream`, { headers: { ...headers, 'x-wait': 'yes' } })))
      recovering()
      const reload = forkPlatform({ dataDir: data.dataDir, args: ['data-plane:reload'] })
      const { code } = await reload.exited
      if (code !== 0) throw new Error(`the reload ended with ${code}: ${reload.output()}`)
      await load.progress(200)
      finish()
      const texts = await Promise.all(open.map(async ({ body }) => await body.text()))
      if (texts.some(text => text !== 'begun\nfinished')) throw new Error(`a stream was cut off: ${JSON.stringify(texts)}`)
      await seeChange()
    }
  }
]
