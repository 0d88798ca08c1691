/**
 * Names that appear in hosts, paths, logs and metrics, and the patterns they match. The patterns are also the schemas' patterns.
 * A gateway id has no hyphen, so `<id>-<env>` splits at the first one without doubt.
 */
export const gatewayIdPattern = '^[a-z][a-z0-9]{2,29}$'
export const environmentNamePattern = '^[a-z](?:-?[a-z0-9]){0,19}$'
/** Like a file name without its ending: `list-users`, `createOrder`, `v2.health`. */
export const functionNamePattern = '^[A-Za-z][A-Za-z0-9._-]{0,63}$'
export const scheduleNamePattern = functionNamePattern
/** As they stand in URLs: `orders`, `order-history`. At most `maxUpstreamNameLength`. */
export const upstreamNamePattern = '^[a-z](?:-?[a-z0-9])*$'
export const maxUpstreamNameLength = 40
export const variableNamePattern = '^[A-Za-z_][A-Za-z0-9_]{0,63}$'
export const clientIdPattern = '^[a-z0-9]{1,32}$'

/** The route of an environment, as logs and metrics call it. */
export function routeName (gatewayId: string, environment: string): string {
  return `${gatewayId}-${environment}`
}

/** Who calls, as logs, metrics and `x-consumer-username` call it. */
export function consumerName (gatewayId: string, environment: string, clientId: string): string {
  return `${gatewayId}-${environment}-${clientId}`
}
