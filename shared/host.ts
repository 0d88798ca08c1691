/**
 * Hosts of gateways. The environment is chosen by the host alone, never by the key.
 *
 *     <id>.api.<base domain>          the gateway's default environment
 *     <id>-<env>.api.<base domain>    that environment
 *     <id>-<env>--<release>.api.…     one release of it, for a preview
 */
export interface GatewayHost {
  gatewayId: string
  /** `null`: the gateway's default environment. */
  environment: string | null
  /** Number of the release that is previewed there; `null`: the host is the environment's. */
  release: number | null
}

/** No name has two hyphens in a row. */
const label = /^([a-z][a-z0-9]{2,29})(?:-([a-z](?:-?[a-z0-9]){0,19})(?:--([1-9][0-9]{0,9}))?)?$/
/** RFC 9110, section 7.2: host [":" port]. Only the letters that a DNS name or an IPv6 literal may have, and an optional port. */
const authority = /^([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/i

/** The lower-case host without its port, or `null` for what is not a host (`a@b`, `a/b`, `a.`, an empty one). */
export function parseAuthority (text: string): string | null {
  const match = authority.exec(text)
  if (match === null || Number(match[2] ?? 0) > 65535) return null
  const host = match[1]!.toLowerCase()
  return host.includes('..') ? null : host
}

/** `null` for a host below which no gateway of this base domain lives. `host` is lower-case and without a port. */
export function parseGatewayHost (host: string, baseDomain: string): GatewayHost | null {
  const suffix = `.api.${baseDomain}`
  if (!host.endsWith(suffix)) return null
  const match = label.exec(host.slice(0, -suffix.length))
  if (match === null) return null
  const [, gatewayId, environment, release] = match
  return { gatewayId: gatewayId!, environment: environment ?? null, release: release === undefined ? null : Number(release) }
}

export function gatewayDomain (gatewayId: string, baseDomain: string): string {
  return `${gatewayId}.api.${baseDomain}`
}

export function environmentDomain (gatewayId: string, environment: string, baseDomain: string): string {
  return `${gatewayId}-${environment}.api.${baseDomain}`
}

/** Of a release that is served for a preview. At the longest a DNS label (63), with a release number of ten digits. */
export function previewDomain (gatewayId: string, environment: string, release: number, baseDomain: string): string {
  return `${gatewayId}-${environment}--${release}.api.${baseDomain}`
}
