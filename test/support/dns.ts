import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'

/** What is answered to one question: addresses (of the family asked for, the others are left out), a failure, or nothing at all. */
export type DnsAnswer = string[] | 'nxdomain' | 'servfail' | 'silent'

export interface DnsServer {
  /** As `dns.setServers` takes it. */
  address: string
  /** `A name` or `AAAA name`, in the order in which they came. */
  questions: string[]
}

const types: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' }
const responseCodes = { nxdomain: 3, servfail: 2 }

/**
 * A DNS server of the test's own, on UDP.
 * @param answer asked for every question; `nth` counts the questions of that name and type from 0
 */
export async function startDns (t: Test, answer: (name: string, type: 'A' | 'AAAA', nth: number) => DnsAnswer): Promise<DnsServer> {
  const socket = createSocket('udp4')
  const questions: string[] = []
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12)
    const type = types[query.readUInt16BE(end)]
    if (type === undefined) return
    const question = `${type} ${name}`
    const nth = questions.filter(other => other === question).length
    questions.push(question)
    const result = answer(name, type, nth)
    if (result !== 'silent') socket.send(encode(query.subarray(0, end + 4), type, result), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  return { address: `127.0.0.1:${socket.address().port}`, questions }
}

/** RFC 1035, section 4.1.2. */
function readName (message: Buffer, at: number): { name: string, end: number } {
  const labels: string[] = []
  while (message[at] !== 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!))
    at += message[at]! + 1
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** Header and question of the query, made an answer, with one record for each address; their name is a pointer to the question's. */
function encode (query: Buffer, type: 'A' | 'AAAA', result: string[] | 'nxdomain' | 'servfail'): Buffer {
  const head = Buffer.from(query)
  const records = Array.isArray(result) ? result.filter(address => address.includes(':') === (type === 'AAAA')).map(address => record(type, address)) : []
  head.writeUInt16BE(0x8180 | (Array.isArray(result) ? 0 : responseCodes[result]), 2)
  head.writeUInt16BE(records.length, 6)
  head.fill(0, 8, 12)
  return Buffer.concat([head, ...records])
}

function record (type: 'A' | 'AAAA', address: string): Buffer {
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : ipv6(address)
  const head = Buffer.from([0xc0, 12, 0, type === 'A' ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, data.length])
  return Buffer.concat([head, data])
}

/** Of the hexadecimal form, with or without `::`. */
function ipv6 (address: string): Buffer {
  const [head, tail] = address.split('::').map(part => part === '' ? [] : part.split(':'))
  const parts = tail === undefined ? head! : [...head!, ...Array.from({ length: 8 - head!.length - tail.length }, () => '0'), ...tail]
  const bytes = Buffer.alloc(16)
  parts.forEach((part, index) => bytes.writeUInt16BE(parseInt(part, 16), index * 2))
  return bytes
}
