import { hash } from 'node:crypto'
import type { ReleaseRoute } from '#shared/feed.ts'
import { servesNothing } from '../../control-plane/store/serving.ts'
import type {
  ApiGateway, ClientApp, CloudFunction, Environment, FunctionVersion, Upstream, Variable
} from '../../control-plane/store/documents.ts'
import type { Deployment, Draft, EnvironmentRef, Store } from '../../control-plane/store/store.ts'

/** Documents as the services write them, with whatever a test wants to say about them. */
export const at = '2026-01-02T03:04:05.678Z'

export const pipeline = ['dev', 'staging', 'prod']

export function gateway (id: string, fields: Partial<Draft<ApiGateway>> = {}): Draft<ApiGateway> {
  return {
    id,
    name: `Gateway ${id}`,
    description: '',
    defaultEnvironment: 'prod',
    environments: [...pipeline],
    config: { plugins: {} },
    createdAt: at,
    updatedAt: at,
    ...fields
  }
}

export function environment (gatewayId: string, name: string, fields: Partial<Draft<Environment>> = {}): Draft<Environment> {
  return { gatewayId, name, config: { plugins: {} }, ...servesNothing, createdAt: at, updatedAt: at, ...fields }
}

export function client (id: string, fields: Partial<Draft<ClientApp>> = {}): Draft<ClientApp> {
  return {
    id,
    name: `Client ${id}`,
    description: '',
    enabled: true,
    expiresAt: null,
    apiKeyId: `key-${id}`,
    keyHash: keyHash(id),
    keyLast4: 'abcd',
    previousKey: null,
    createdAt: at,
    updatedAt: at,
    ...fields
  }
}

/** Like those of real keys: 64 hexadecimal characters. */
export function keyHash (text: string): string {
  return hash('sha256', text, 'hex')
}

export function variable (name: string, value: string, secret = false): Draft<Variable> {
  return { name, value, secret, createdAt: at, updatedAt: at }
}

export function upstream (name: string, url = `https://${name}.example.com`): Draft<Upstream> {
  return { name, url, timeouts: { connectMs: 1, firstByteMs: 2, totalMs: 3 }, createdAt: at, updatedAt: at }
}

export function cloudFunction (gatewayId: string, name: string, latestVersion: string): Draft<CloudFunction> {
  return { gatewayId, name, latestVersion, methods: ['GET'], path: `/${name}`, timeoutMs: 10_000, createdAt: at, updatedAt: at }
}

export function version (gatewayId: string, functionName: string, id: string): Omit<FunctionVersion, 'number'> {
  return {
    gatewayId,
    functionName,
    id,
    methods: ['GET'],
    path: `/${functionName}`,
    timeoutMs: 10_000,
    entrypoint: 'index.ts',
    files: { 'index.ts': `source of ${functionName} ${id}` },
    dependencies: [],
    bundle: `bundle of ${functionName} ${id}`,
    author: 'admin',
    message: '',
    sourceMap: `map of ${functionName} ${id}`,
    createdAt: at
  }
}

export function route (functionName: string, versionId: string): ReleaseRoute {
  return { functionName, versionId, methods: ['GET'], path: `/${functionName}`, timeoutMs: 10_000 }
}

export function deployment (environment: string, routes: ReleaseRoute[], basedOn: number | null, fields: Partial<Deployment> = {}): Deployment {
  return { environment, routes, note: '', origin: { kind: 'deployment' }, author: 'admin', forced: false, createdAt: at, basedOn, ...fields }
}

/** A gateway with its three environments, as the admin API makes it. Revision 1 of an empty store. */
export async function createGateway (store: Store, id: string): Promise<ApiGateway> {
  return await store.createGateway(gateway(id), pipeline.map(name => environment(id, name)))
}

/** Saves another version of the function without deploying it. */
export async function saveVersion (store: Store, gatewayId: string, name: string, id: string): Promise<void> {
  const found = await store.getFunction(gatewayId, name)
  await store.saveFunction(cloudFunction(gatewayId, name, id), version(gatewayId, name, id), found?.revision ?? null, null)
}

export function ref (gatewayId: string, environment: string): EnvironmentRef {
  return { gatewayId, environment }
}
