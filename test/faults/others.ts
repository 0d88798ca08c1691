import { writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import path from 'node:path'
import { fetchDebianPackage } from '../support/debian-package.ts'
import { startTarget } from '../support/egress.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { findRedis } from '../support/redis-server/packages.ts'
import { startRedis, type RedisServer } from '../support/redis-server/start.ts'
import { until } from '../support/until.ts'
import type { Fault } from './fault.ts'
import { addUpstream } from './stage.ts'

const manyLooks = 6_000

const redisKilled = ((): Fault => {
  let redis: RedisServer
  return {
    name: 'Redis killed',
    missing: async () => await findRedis().then(() => null, (error: Error) => error.message),
    prepare: async teardown => {
      redis = await startRedis({ teardown })
      return { env: { REDIS_URL: redis.url } }
    },
    happen: async ({ load, seeChange, shop, traffic, key }, recovering) => {
      await shop.configure('dev', { 'limit-count': { count: 1_000_000, windowSeconds: 3_600 } })
      const counters = async (): Promise<unknown> => await redis.run('DBSIZE')
      await until('it counts', counters, count => Number(count) > 0, manyLooks)
      await load.progress(200)
      await redis.kill()
      await load.progress(600)
      recovering()
      await redis.start()
      await until('it counts again', async () => {
        await traffic('shop-dev.api.localhost', '/hello', { key })
        return await counters()
      }, count => Number(count) > 0, manyLooks)
      await seeChange()
    }
  }
})()

/** The clock of the data plane alone: on the control plane it is today. */
const clock = ((): Fault => {
  let file: string
  return {
    name: 'clock a day ahead, then a day behind',
    missing: async () => await fetchDebianPackage('libfaketime').then(() => null, (error: Error) => error.message),
    happen: async ({ data, load, seeChange, teardown }, recovering) => {
      file = path.join(temporaryDirectory({ teardown }), 'clock')
      writeFileSync(file, '+0d\n')
      const folder = await fetchDebianPackage('libfaketime')
      await data.kill()
      await data.start({
        LD_PRELOAD: path.join(folder, 'usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1'
      })
      await load.progress(400)
      for (const shift of ['+1d', '-1d']) {
        writeFileSync(file, `${shift}\n`)
        await load.progress(400)
        await seeChange()
      }
      writeFileSync(file, '+0d\n')
      recovering()
      await seeChange()
    }
  }
})()

type Mood = 'fine' | 'hanging' | 'resetting'

/** Another upstream goes wrong; traffic that does not go there is to notice nothing. */
function upstreamFault (name: string, expected: RegExp, act: (upstream: { mood: (mood: Mood) => void, refuse: (isOn: boolean) => Promise<void> }) => Promise<() => Promise<void>>): Fault {
  return {
    name: `upstream ${name}`,
    happen: async ({ admin, shop, key, load, teardown }, recovering) => {
      let mood: Mood = 'fine'
      const answer: RequestListener = (_request, response) => {
        if (mood === 'fine') return void response.end('fine')
        if (mood === 'hanging') return
        response.writeHead(200, { 'content-length': '1000' })
        response.write('the beginning')
        setImmediate(() => response.socket?.resetAndDestroy())
      }
      const target = await startTarget({ teardown }, answer)
      await addUpstream(admin, 'faulty', target.origin, { connectMs: 500, firstByteMs: 500 })
      const ask = async (): Promise<string> => await shop.ask('dev', '/faulty', { key }).then(({ status, text }) => `${status} ${text}`, String)
      await until('it is reached', ask, said => said === '200 fine', manyLooks)
      const undo = await act({
        mood: next => { mood = next },
        refuse: async isOn => {
          if (isOn) {
            target.server.closeAllConnections()
            await new Promise(resolve => target.server.close(resolve))
          } else await new Promise<void>(resolve => target.server.listen(target.port, new URL(target.origin).hostname, resolve))
        }
      })
      const said = await Promise.all(Array.from({ length: 40 }, ask))
      const odd = said.find(words => !expected.test(words))
      if (odd !== undefined) throw new Error(`it was answered: ${odd}`)
      await load.progress(200)
      await undo()
      recovering()
      await until('it is reached again', ask, words => words === '200 fine', manyLooks)
    }
  }
}

const moody = (mood: Mood) => async (upstream: { mood: (mood: Mood) => void }): Promise<() => Promise<void>> => {
  upstream.mood(mood)
  return async () => upstream.mood('fine')
}

export const othersFaults: Fault[] = [
  redisKilled,
  clock,
  upstreamFault('refusing', /^502 /, async ({ refuse }) => {
    await refuse(true)
    return async () => await refuse(false)
  }),
  upstreamFault('hanging', /^504 /, moody('hanging')),
  upstreamFault('resetting in the middle of a body', /terminated|other side closed|aborted|ECONNRESET|socket/i, moody('resetting'))
]

