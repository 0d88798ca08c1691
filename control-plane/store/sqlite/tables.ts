import type { DatabaseSync } from 'node:sqlite'
import type { ApiGateway, CloudFunction, Environment, Release } from '../documents.ts'
import { openTable, type Table } from './table.ts'

export interface Tables {
  gateways: Table<ApiGateway>
  environments: Table<Environment>
  functions: Table<CloudFunction>
  releases: Table<Release>
}

export function openTables (db: DatabaseSync): Tables {
  return {
    gateways: openTable(db, 'gateways', ['id'], 'text'),
    environments: openTable(db, 'environments', ['gatewayId', 'name'], 'text'),
    functions: openTable(db, 'functions', ['gatewayId', 'name'], 'text'),
    releases: openTable(db, 'releases', ['gatewayId', 'environment', 'number'], 'newest')
  }
}
