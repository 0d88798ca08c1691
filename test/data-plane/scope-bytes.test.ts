import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { hashApiKey } from '#shared/api-key.ts'
import { followFeed } from '../../data-plane/feed/client.ts'
import { dataPlaneToken, startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { openTestReplica, silent } from '../support/replica.ts'
import { createQueue } from '../support/queue.ts'

const environments = ['dev', 'prod'] as const
/** In the code that an environment has, and nowhere else. */
const marked = (environment: string): string => `code of ${environment} alone`

interface Traces { hash: string, previousHash: string, clientId: string, sealed: string, texts: string[] }

/** Everything that a data plane could be sent of an environment, twice: as it is at first, and as a change. */
async function fill ({ admin, store }: ControlPlane, step: number): Promise<Record<typeof environments[number], Traces>> {
  const base = '/api-gateways/shop'
  const traces = {} as Record<typeof environments[number], Traces>
  for (const environment of ['prod', 'dev'] as const) {
    const place = `${base}/environments/${environment}`
    // Code comes to prod by way of dev: what prod alone has was there before anybody followed.
    const hasCode = step === 1 || environment === 'dev'
    if (hasCode) await admin('PUT', `${base}/functions/f${step}`, { methods: ['GET'], path: `/${step}`, source: `export default () => '${marked(environment)} ${step}'` })
    for (const [to, from] of environment === 'prod' && hasCode ? [['staging', 'dev'], ['prod', 'staging']] as const : []) await admin('POST', `${base}/environments/${to}/releases`, { from, force: true })
    await admin('PUT', `${place}/variables/PLAIN${step}`, { value: `variable of ${environment} ${step}` })
    await admin('PUT', `${place}/variables/HIDDEN${step}`, { value: `secret of ${environment} ${step}`, secret: true })
    await admin('PUT', `${place}/upstreams/orders${step}`, { url: `https://${environment}-upstream-${step}.example.com` })
    const { apiKey, id } = (await admin('POST', `${place}/clients`, { name: `Client of ${environment} ${step}` })).json as { apiKey: string, id: string }
    const { apiKey: second } = (await admin('POST', `${place}/clients/${id}/regenerate-key`, { overlapSeconds: 3_600 })).json as { apiKey: string }
    const sealed = (await store.getVariable({ gatewayId: 'shop', environment }, `HIDDEN${step}`))!.value
    traces[environment] = {
      hash: hashApiKey(second, null), previousHash: hashApiKey(apiKey, null), clientId: id, sealed,
      texts: [`variable of ${environment} ${step}`, `${environment}-upstream-${step}`, `Client of ${environment} ${step}`, ...hasCode ? [`${marked(environment)} ${step}`] : []]
    }
  }
  return traces
}

function bytesOf (directory: string): string {
  return Buffer.concat(readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(entry => readFileSync(path.join(entry.parentPath, entry.name)))).toString('latin1')
}

function check (t: Test, what: string, text: string, traces: Record<typeof environments[number], Traces>): void {
  for (const [name, trace] of Object.entries(traces.dev)) for (const each of [trace].flat()) t.ok(text.includes(each), `${what} has ${name} of dev`)
  for (const [name, trace] of Object.entries(traces.prod)) for (const each of [trace].flat()) t.notOk(text.includes(each), `${what} has no ${name} of prod`)
}

for (const [by, scope] of [['the token', null], ['the setting', ['dev']]] as const) {
  t.test(`not a byte of prod reaches a data plane that is confined to dev by ${by} alone`, async t => {
    const control = await startControlPlane(t)
    await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
    const scoped = (await control.admin('POST', '/data-plane-tokens', { name: 'Dev', environments: ['dev'] })).json as { token: string }
    const token = scope === null ? scoped.token : dataPlaneToken
    const first = await fill(control, 1)

    const { writer, file } = openTestReplica(t, { environments: scope })
    const changes = createQueue<number>()
    const feed = followFeed({
      controlUrl: control.url, token: () => token, environments: scope, writer, onDamage: error => { throw error }, onChange: ({ revision }) => changes.push(revision), onInvoke: () => {}, logger: silent
    })
    t.teardown(feed.close)
    const gone = new AbortController()
    t.teardown(() => gone.abort())
    const query = scope === null ? '' : `?environments=${scope.join(',')}`
    const answer = await fetch(`${control.url}/v1/feed${query}`, { headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' }, signal: gone.signal })
    const stream = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    let sent = ''
    const reach = async (revision: number): Promise<void> => {
      while (!sent.includes(`"commit","revision":${revision}}`)) sent += (await stream.read()).value ?? ''
      while (await changes.next() < revision) { /* the one that is waited for comes */ }
    }
    await reach(await control.store.revision())
    check(t, 'the snapshot', sent, first)
    check(t, 'the replica', bytesOf(path.dirname(file)), first)
    const second = await fill(control, 2)
    await reach(await control.store.revision())
    check(t, 'the stream', sent, second)
    check(t, 'the changed replica', bytesOf(path.dirname(file)), second)
  })
}
