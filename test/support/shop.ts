import { environmentDomain } from '#shared/host.ts'
import type { Answer, TrafficInit } from './http.ts'
import type { Platform } from './platform.ts'
import { until } from './until.ts'

/** A gateway of the test's own, with the words that tests need of it. */
export interface Shop {
  /** Saves a function, which deploys it to dev. */
  save: (name: string, path: string, source: string, methods?: string[]) => Promise<void>
  promote: (to: string) => Promise<void>
  /** @returns its key and id */
  addClient: (environment: string, name: string) => Promise<{ id: string, key: string }>
  setVariable: (environment: string, name: string, value: string) => Promise<void>
  configure: (environment: string, plugins: object) => Promise<void>
  /** One request to an environment. */
  ask: (environment: string, path: string, init?: TrafficInit) => Promise<Answer>
  /** Asks until an answer is so. */
  askUntil: (environment: string, path: string, isSo: (answer: Answer) => boolean, init?: TrafficInit) => Promise<{ value: Answer, tries: number }>
}

export const shopId = 'shop'

/** Makes the gateway. @throws {Error} where the admin API refuses something */
export async function openShop (platform: Pick<Platform, 'admin' | 'traffic'>): Promise<Shop> {
  const answer = await platform.admin('POST', '/api-gateways', { id: shopId, name: 'Shop' })
  if (answer.status >= 300) throw new Error(`The gateway was not made: ${answer.text}`)
  return shopOf(platform)
}

/** The gateway that a platform on the same data directory has made before. */
export function shopOf ({ admin, traffic }: Pick<Platform, 'admin' | 'traffic'>): Shop {
  const gateway = `/api-gateways/${shopId}`
  const must = async (method: 'POST' | 'PUT' | 'PATCH', path: string, body: object): Promise<Answer> => {
    const answer = await admin(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer
  }
  const ask: Shop['ask'] = async (environment, path, init) => await traffic(environmentDomain(shopId, environment, 'localhost'), path, init)
  return {
    save: async (name, path, source, methods = ['GET']) => void await must('PUT', `${gateway}/functions/${name}`, { methods, path, source }),
    promote: async to => void await must('POST', `${gateway}/environments/${to}/releases`, { from: 'dev', force: true }),
    addClient: async (environment, name) => {
      const { apiKey, id } = (await must('POST', `${gateway}/environments/${environment}/clients`, { name })).json as { apiKey: string, id: string }
      return { id, key: apiKey }
    },
    setVariable: async (environment, name, value) => void await must('PUT', `${gateway}/environments/${environment}/variables/${name}`, { value }),
    configure: async (environment, plugins) => void await must('PATCH', `${gateway}/environments/${environment}`, { config: { plugins } }),
    ask,
    askUntil: async (environment, path, isSo, init) => await until(`${environment} ${path}`, async () => await ask(environment, path, init), isSo)
  }
}
