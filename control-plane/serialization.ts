import fastJsonStringify from 'fast-json-stringify'
import type { FastifySerializerCompiler } from 'fastify'
import { compiledOnce, quickToCompile } from './compiled-schemas.ts'

type Serialize = (value: unknown) => string

const serializerOf = compiledOnce<Serialize>(schema => fastJsonStringify(schema, { ajv: quickToCompile }))

/** As Fastify's own, but only where an answer needs it: members that a response's schema does not name are not sent. */
export const serializerCompiler: FastifySerializerCompiler<object> = ({ schema }) => value => serializerOf(schema)(value)
