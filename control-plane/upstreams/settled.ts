import { X509Certificate } from 'node:crypto'
import { Type } from 'typebox'
import { Default } from 'typebox/value'
import { Problem, type FieldError } from '#shared/errors.ts'
import { pathFault } from '#shared/request-path.ts'
import { askedOptions, type UpstreamOptions } from '#shared/upstream-options.ts'
import { effectiveTimeouts, targetsOf, type UpstreamSettings } from '#shared/upstreams.ts'
import type { UpstreamDraft } from './schema.ts'
import { readUpstreamUrl } from './url.ts'

const options = Type.Object(askedOptions)

/** A draft in its one canonical form, with the defaults for what is left out. @param pointer of the draft in what was sent @throws {Problem} `validation_failed` */
export function settledUpstream ({ url, targets, timeouts, ...asked }: UpstreamDraft, pointer: string): UpstreamSettings {
  const faults: FieldError[] = []
  const read = (text: string, at: string): string => {
    const result = readUpstreamUrl(text)
    if ('url' in result) return result.url
    faults.push({ pointer: at, detail: result.fault })
    return text
  }
  if (url === undefined && targets === undefined) faults.push({ pointer: '/url', detail: 'is required, or else targets' })
  if (url !== undefined && targets !== undefined) faults.push({ pointer: '/targets', detail: 'cannot stand beside url' })
  const settled: UpstreamSettings = {
    ...(url !== undefined && { url: read(url, '/url') }),
    ...(targets !== undefined && { targets: targets.map(({ url, weight = 1 }, index) => ({ url: read(url, `/targets/${index}/url`), weight })) }),
    timeouts: effectiveTimeouts(timeouts),
    ...Default(options, structuredClone(asked)) as UpstreamOptions
  }
  faults.push(...targetFaults(settled), ...balanceFaults(settled), ...checkFaults(settled), ...tlsFaults(settled))
  if (faults.length > 0) throw new Problem('validation_failed', undefined, { errors: faults.map(({ pointer: at, detail }) => ({ pointer: pointer + at, detail })) })
  return settled
}

function targetFaults ({ targets }: UpstreamSettings): FieldError[] {
  if (targets === undefined) return []
  const urls = targets.map(({ url }) => url)
  const repeated = urls.flatMap((url, index) => urls.indexOf(url) < index ? [{ pointer: `/targets/${index}/url`, detail: 'is that of another target' }] : [])
  return targets.some(({ weight }) => weight > 0) ? repeated : [...repeated, { pointer: '/targets', detail: 'must not all have the weight 0' }]
}

function balanceFaults ({ balance }: UpstreamSettings): FieldError[] {
  if (balance === undefined) return []
  const { algorithm, hashOn, hashKey } = balance
  if (algorithm !== 'consistent-hash') {
    return [...(hashOn === undefined ? [] : ['hashOn']), ...(hashKey === undefined ? [] : ['hashKey'])].map(name => ({ pointer: `/balance/${name}`, detail: 'is of consistent-hash alone' }))
  }
  const needsKey = hashOn === 'header' || hashOn === 'cookie' || hashOn === 'query'
  if (needsKey === (hashKey !== undefined)) return []
  return [{ pointer: '/balance/hashKey', detail: needsKey ? `is required: which ${hashOn === 'query' ? 'parameter' : hashOn}` : 'is of header, cookie and query alone' }]
}

function checkFaults ({ healthChecks: { active } = { panicPercent: 0 } }: UpstreamSettings): FieldError[] {
  if (active === undefined) return []
  const fault = pathFault(active.path.split('?')[0]!)
  return [
    ...(fault === null && !active.path.includes('#') ? [] : [{ pointer: '/healthChecks/active/path', detail: 'must be a path without dot segments, empty segments and fragment' }]),
    ...(active.timeoutMs <= active.intervalSeconds * 1_000 ? [] : [{ pointer: '/healthChecks/active/timeoutMs', detail: 'must not be longer than intervalSeconds' }])
  ]
}

function tlsFaults (settings: UpstreamSettings): FieldError[] {
  const { tls, protocol } = settings
  if (tls === undefined) return []
  const isUsed = targetsOf(settings).some(({ url }) => url.startsWith('https:'))
  return [
    ...(isUsed ? [] : [{ pointer: '/tls', detail: `is of https alone${protocol === 'h2' ? ', and HTTP/2 goes without' : ''}` }]),
    ...(tls.ca === undefined || areCertificates(tls.ca) ? [] : [{ pointer: '/tls/ca', detail: 'must be certificates in PEM' }])
  ]
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function areCertificates (pem: string): boolean {
  const certificates = pem.match(certificatePattern)
  if (certificates === null || pem.replace(certificatePattern, '').trim() !== '') return false
  try {
    return certificates.every(certificate => new X509Certificate(certificate).raw.length > 0)
  } catch {
    return false
  }
}
