import { hash } from 'node:crypto'
import scalar from '@scalar/fastify-api-reference'
import type { FastifyInstance } from 'fastify'
import { Problem } from '#shared/errors.ts'

/** The reference of the admin API: `/docs`. Everything that the page needs comes from here; it is told to load nothing else, and cannot. */
export async function serveReference (app: FastifyInstance): Promise<void> {
  await app.register(async scope => {
    scope.addHook('onRequest', async request => {
      // The page's redirect builds a URL from it.
      if (!URL.canParse(`http://${request.headers.host}`)) throw new Problem('host_invalid')
    })
    scope.addHook('onSend', async (_request, reply, payload) => {
      const page = typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html') ? payload : ''
      reply.headers({ 'content-security-policy': contentSecurityPolicy(page), 'referrer-policy': 'no-referrer' })
      return payload
    })
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: 'imprun admin API',
        withDefaultFonts: false,
        telemetry: false,
        agent: { disabled: true },
        mcp: { disabled: true },
        hideClientButton: true,
        showDeveloperTools: 'never',
        proxyUrl: ''
      }
    })
  })
}

/** Scripts are our own file and what stands in this very page; the reference sets styles from its script, which cannot be hashed. */
function contentSecurityPolicy (page: string): string {
  // A script that is loaded by its address has nothing inside.
  const inline = [...page.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].filter(([, script]) => script !== '')
    .map(([, script]) => `'sha256-${hash('sha256', script!, 'base64')}'`)
  return [
    "default-src 'none'",
    `script-src 'self' ${inline.join(' ')}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
}
