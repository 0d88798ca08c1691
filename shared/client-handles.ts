import type { FeedCertificate, FeedClient } from './feed.ts'

export type HandleKind = 'id' | 'name' | FeedCertificate['kind']

/** What stands for one client of one environment, beside its keys. Two environments have none in common. */
export function clientHandle (gatewayId: string, environment: string, kind: HandleKind, value: string): string {
  return `${gatewayId}/${environment}/${kind}/${value}`
}

/** All that lead to the client but its id. */
export function credentialHandles (gatewayId: string, environment: string, { name, certificates = [] }: Omit<FeedClient, 'keys'>): string[] {
  const handle = (kind: HandleKind, value: string): string => clientHandle(gatewayId, environment, kind, value)
  return [
    handle('name', name),
    ...certificates.map(({ kind, value }) => handle(kind, value))
  ]
}

/** Only the value may have slashes in it. */
export function parseHandle (handle: string): { gatewayId: string, environment: string, kind: string, value: string } {
  const [gatewayId = '', environment = '', kind = ''] = handle.split('/', 3)
  return { gatewayId, environment, kind, value: handle.slice(gatewayId.length + environment.length + kind.length + 3) }
}
