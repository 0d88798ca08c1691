import { hash } from 'node:crypto'
import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'

t.test('the reference page loads nothing from outside, and is not allowed to', async t => {
  const { url } = await startControlPlane(t)
  const answer = await fetch(`${url}/docs`)
  t.equal(answer.status, 200)
  t.equal(answer.url, `${url}/docs/`)
  const page = await answer.text()
  t.notMatch(page, /https?:\/\//)
  t.match(page, /"telemetry": false/)
  t.match(page, /"withDefaultFonts": false/)

  const policy = Object.fromEntries(answer.headers.get('content-security-policy')!.split('; ').map(directive => {
    const [name, ...sources] = directive.split(' ')
    return [name!, sources]
  }))
  t.strictSame(policy['default-src'], ["'none'"])
  t.strictSame(policy['connect-src'], ["'self'"])
  for (const [name, sources] of Object.entries(policy)) t.notOk(sources.some(source => /^[a-z*]/.test(source) && source !== 'data:'), `${name} allows no other host`)
  t.notOk(policy['script-src']!.some(source => source.includes('unsafe')))
  // As a browser sees them: from the end of the opening tag to the first closing one.
  const inline = page.split('<script').slice(1).map(part => part.slice(part.indexOf('>') + 1, part.indexOf('</script>'))).filter(script => script !== '')
  t.equal(inline.length, 1)
  t.match(inline[0]!.trim(), /^Scalar\.createApiReference/)
  t.ok(policy['script-src']!.includes(`'sha256-${hash('sha256', inline[0]!, 'base64')}'`))
})

t.test('its script and the document come from here', async t => {
  const { url } = await startControlPlane(t)
  const script = await fetch(`${url}/docs/js/scalar.js`)
  t.match(script, { status: 200 })
  t.match(script.headers.get('content-type'), /javascript/)
  t.match(script.headers.get('x-content-type-options'), 'nosniff')
  t.ok((await script.text()).length > 100_000)
  t.match(await (await fetch(`${url}/openapi.json`)).json(), { openapi: /^3\.1/ })
})
