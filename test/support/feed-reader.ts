import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Test } from 'tap'
import { request } from 'undici'
import type { FeedMessage } from '#shared/feed.ts'
import { dataPlaneToken } from './control-plane.ts'

export interface FeedStream {
  /** The messages up to the first one that fulfils the condition, that one included. @throws where the stream ends before */
  until: (condition: (message: FeedMessage) => boolean) => Promise<FeedMessage[]>
  /** Resolves when the control plane has ended it, with what came after the last `until`. */
  end: () => Promise<FeedMessage[]>
  close: () => void
}

/** A data plane's connection to the feed; it ends with the test. */
export async function openFeed (t: Test, url: string, query = '', token = dataPlaneToken, headers: Record<string, string> = {}): Promise<FeedStream> {
  const body = await connectFeed(t, url, query, token, headers)
  const lines = createInterface({ input: body, crlfDelay: Infinity })[Symbol.asyncIterator]()
  return {
    until: async condition => {
      const messages: FeedMessage[] = []
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const message = JSON.parse(line.value) as FeedMessage
        messages.push(message)
        if (condition(message)) return messages
      }
      throw new Error(`The feed ended after ${JSON.stringify(messages)}`)
    },
    end: async () => {
      const messages: FeedMessage[] = []
      for (let line = await lines.next(); !line.done; line = await lines.next()) messages.push(JSON.parse(line.value) as FeedMessage)
      return messages
    },
    close: () => void body.destroy()
  }
}

/** The same, of which nothing is read until the caller does. */
export async function connectFeed (t: Test, url: string, query = '', token = dataPlaneToken, further: Record<string, string> = {}): Promise<Readable> {
  const { statusCode, headers, body } = await request(`${url}/v1/feed${query}`, { headers: { authorization: `Bearer ${token}`, ...further } })
  if (statusCode !== 200) throw new Error(`The feed answered ${statusCode}: ${await body.text()}`)
  if (headers['content-type'] !== 'application/x-ndjson') throw new Error(`The feed is ${String(headers['content-type'])}`)
  t.teardown(() => void body.destroy())
  return body
}

export async function readFeed (t: Test, url: string, { query = '', until }: { query?: string, until: (message: FeedMessage) => boolean }): Promise<FeedMessage[]> {
  const feed = await openFeed(t, url, query)
  const messages = await feed.until(until)
  feed.close()
  return messages
}
