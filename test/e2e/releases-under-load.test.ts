import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

const changes = 200
const clients = 4

t.test('no request fails or sees two releases while releases come and go', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  const releases = '/api-gateways/shop/environments/staging/releases'
  await shop.configure('staging', { none: {}, 'served-by': {} })
  const source = (build: number): string => `export default ctx => ({ build: ${build}, path: ctx.path })`
  /** The build that each release serves, by its number. */
  const builds: number[] = []
  const made = (answer: { status: number, json: unknown }): void => {
    const { number, origin } = answer.json as { number: number, origin: { kind: string, release: number } }
    if (answer.status !== 201) throw new Error(`It was refused: ${JSON.stringify(answer.json)}`)
    builds[number] = origin.kind === 'rollback' ? builds[origin.release]! : build
  }
  let build = 1
  await shop.save('a', '/a', source(build))
  made(await platform.admin('POST', releases, { from: 'dev' }))
  await shop.askUntil('staging', '/a', answer => answer.status === 200)

  const answers: Array<{ status: number, release: number, build: number }> = []
  const end = new AbortController()
  const load = Promise.all(Array.from({ length: clients }, async () => {
    while (!end.signal.aborted) {
      const { status, headers, json } = await shop.ask('staging', '/a')
      answers.push({ status, release: Number(headers['x-imprun-release']), build: (json as { build: number }).build })
    }
  }))
  for (let change = 0; change < changes; change++) {
    if (change % 2 === 0) {
      await shop.save('a', '/a', source(++build))
      made(await platform.admin('POST', releases, { from: 'dev' }))
    } else made(await platform.admin('POST', '/api-gateways/shop/environments/staging/rollback', {}))
  }
  await shop.askUntil('staging', '/a', answer => answer.headers['x-imprun-release'] === String(changes + 1))
  end.abort()
  await load
  t.strictSame(answers.filter(({ status, release, build }) => status !== 200 || builds[release] !== build), [])
  const seen = new Set(answers.map(({ release }) => release))
  t.ok(seen.size > changes / 4, `${answers.length} answers came from ${seen.size} of ${changes + 1} releases`)
})
