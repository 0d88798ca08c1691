import type { ProblemCode } from '#shared/errors.ts'
import type { FunctionLimits } from '#shared/function-limits.ts'
import { variableNamePattern } from '#shared/names.ts'
import { bodyKinds } from './body-kinds.ts'
import { FrameError, frameTypes, type FrameWriter } from './frames.ts'
import type { FunctionCall, FunctionUsage } from './runner.ts'

/** What a LOAD frame says of a function beside its code. */
export interface FunctionMetadata {
  key: string
  gateway: { id: string, name: string }
  environment: string
  timeoutMs: number
  limits: FunctionLimits
  variables: Record<string, string>
}

/** A line for the owner of a function, as it leaves the sandbox. */
export interface SandboxLogLine {
  time: number
  level: LogLevel
  message: string
  /** JSON of an object, or empty. */
  fields: string
}

export const isVariableName = new RegExp(variableNamePattern)
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = typeof logLevels[number]

/** What a sandbox may say of a call that has no result. */
export const failureCodes = [
  'function_failed', 'function_result_invalid', 'function_timeout', 'function_memory_exceeded', 'body_invalid', 'sandbox_lost',
  'function_overloaded', 'function_response_too_large'
] as const satisfies ProblemCode[]
export type FailureCode = typeof failureCodes[number]

export function writeLoad (writer: FrameWriter, handle: number, metadata: FunctionMetadata, code: { bundle: string, sourceMap: string }): void {
  writer.begin(frameTypes.load, handle)
  writer.sizedText(JSON.stringify(metadata))
  writer.sizedText(code.bundle)
  writer.text(code.sourceMap)
  writer.finish()
}

export function readLoad (payload: Buffer): { metadata: FunctionMetadata, bundle: string, sourceMap: string } {
  const [metadata, bundleAt] = sizedText(payload, 0)
  const [bundle, mapAt] = sizedText(payload, bundleAt)
  return { metadata: JSON.parse(metadata) as FunctionMetadata, bundle, sourceMap: payload.toString('utf8', mapAt, payload.length) }
}

/** @throws {FrameError} where the length points past the end */
export function sizedText (payload: Buffer, at: number): [text: string, end: number] {
  if (at + 4 > payload.length) throw new FrameError('A length is cut off')
  const end = at + 4 + payload.readUInt32BE(at)
  if (end > payload.length) throw new FrameError('A text is cut off')
  return [payload.toString('utf8', at + 4, end), end]
}

export function writeResult (writer: FrameWriter, call: number, status: number, bodyKind: number, headers: string, body: string | Uint8Array): void {
  writer.begin(frameTypes.result, call)
  writer.u16(status)
  writer.u8(bodyKind)
  if (bodyKind >= bodyKinds.custom) writer.sizedText(headers)
  if (typeof body === 'string') writer.text(body)
  else writer.bytes(body)
  writer.finish()
}

export function writeLog (writer: FrameWriter, call: number, handle: number, line: SandboxLogLine): void {
  writer.begin(frameTypes.log, call)
  writer.u32(handle)
  writer.text(JSON.stringify(line))
  writer.finish()
}

export function writeVariable (writer: FrameWriter, handle: number, name: string, isThere: boolean): void {
  writer.begin(frameTypes.variable, handle)
  writer.u8(isThere ? 1 : 0)
  writer.text(name)
  writer.finish()
}

/** @throws {FrameError} for what is no name */
export function readVariable (payload: Buffer): { name: string, isThere: boolean } {
  const name = payload.toString('latin1', 1)
  if (!isVariableName.test(name)) throw new FrameError('A variable has a name that it cannot have')
  return { name, isThere: payload[0] === 1 }
}

export function writeFailed (writer: FrameWriter, call: number, code: FailureCode): void {
  writer.begin(frameTypes.failed, call)
  writer.text(code)
  writer.finish()
}

/** A frame of which the type and the id say everything. */
export function writeSignal (writer: FrameWriter, type: number, id: number): void {
  writer.begin(type, id)
  writer.finish()
}

/** `call.body` counts as absent where it is empty. */
export function writeCall (writer: FrameWriter, id: number, handle: number, call: FunctionCall): void {
  // A line each: a function that asks for no header has none parsed, nor claims. JSON has no line feed of its own.
  const parts = `${JSON.stringify([call.requestId, call.method, call.url, call.path, call.query, call.params, call.client, call.schedule])}\n${JSON.stringify(call.headers)}`
  const head = call.auth ? `${parts}\n${JSON.stringify(call.auth)}` : parts
  writer.begin(frameTypes.call, id)
  writer.u32(handle)
  writer.u32(head.length)
  writer.sizedText(head)
  if (call.body !== null) writer.bytes(call.body)
  writer.finish()
}

export function readCall (payload: Buffer): { handle: number, headUnits: number, headAt: number, bodyAt: number } {
  return { handle: payload.readUInt32BE(0), headUnits: payload.readUInt32BE(4), headAt: 12, bodyAt: 12 + payload.readUInt32BE(8) }
}

export function writeChunk (writer: FrameWriter, call: number, chunk: Uint8Array): void {
  writer.begin(frameTypes.bodyChunk, call)
  writer.bytes(chunk)
  writer.finish()
}

export function writeWindow (writer: FrameWriter, call: number, handle: number, cost: number): void {
  writer.begin(frameTypes.window, call)
  writer.u32(handle)
  writer.u32(cost)
  writer.finish()
}

export function writeReleased (writer: FrameWriter, handle: number, { heapBytes, cpuMs }: FunctionUsage): void {
  writer.begin(frameTypes.released, handle)
  writer.u32(Math.min(heapBytes, maxU32))
  writer.u32(Math.min(Math.round(cpuMs * 1000), maxU32))
  writer.finish()
}

/** `null`: there was no isolate. @throws {FrameError} */
export function readReleased (payload: Buffer): FunctionUsage | null {
  if (payload.length !== 8) throw new FrameError('What was used has the wrong length')
  const heapBytes = payload.readUInt32BE(0)
  return heapBytes === 0 ? null : { heapBytes, cpuMs: payload.readUInt32BE(4) / 1000 }
}

const maxU32 = 0xffff_ffff

export function readWindow (payload: Buffer): { handle: number, cost: number } {
  return { handle: payload.readUInt32BE(0), cost: payload.readUInt32BE(4) }
}

export function writeCancel (writer: FrameWriter, id: number, handle: number): void {
  writer.begin(frameTypes.cancel, id)
  writer.u32(handle)
  writer.finish()
}

export function readFailed (payload: Buffer): FailureCode {
  const text = payload.toString('latin1')
  return failureCodes.find(code => code === text) ?? 'function_failed'
}

/** @throws {FrameError} for anything that is no line */
export function readLog (payload: Buffer): { handle: number, line: SandboxLogLine } {
  const line: unknown = JSON.parse(payload.toString('utf8', 4))
  if (!isLine(line)) throw new FrameError('A log line has the wrong shape')
  return { handle: payload.readUInt32BE(0), line }
}

function isLine (value: unknown): value is SandboxLogLine {
  if (typeof value !== 'object' || value === null) return false
  const { time, level, message, fields } = value as Record<string, unknown>
  return typeof time === 'number' && logLevels.some(known => known === level) && typeof message === 'string' && typeof fields === 'string'
}

/** The fields of a log line: a JSON object, or nothing, or whatever tenant code made of it. */
export function parseFields (text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as Record<string, unknown>
  } catch {
    // Not JSON: shown as it is.
  }
  return { value: text }
}
