import { Long, ObjectId, Timestamp } from 'bson'
import { MAX_MESSAGE_BYTES, type Fields } from './wire.ts'

export const SET_NAME = 'imprun'

/** MongoDB 7.0, whose commands this speaks. */
export const VERSION = '7.0.0'
const MAX_WIRE_VERSION = 21

/** The only member of a replica set, as it presents itself. Without `topologyVersion`: drivers then poll. */
export class Member {
  readonly address: string
  #term = 1
  #electionId = new ObjectId()

  constructor (address: string) {
    this.address = address
  }

  /** A new term begins: drivers tell a newer primary from an older one by it. */
  elected (): void {
    this.#term++
    this.#electionId = new ObjectId(`7fffffff${this.#term.toString(16).padStart(16, '0')}`)
  }

  hello (primary: boolean, connectionId: number): Fields {
    const now = new Date()
    const opTime = { ts: new Timestamp({ t: Math.floor(now.getTime() / 1_000), i: 1 }), t: Long.fromNumber(this.#term) }
    return {
      helloOk: true,
      isWritablePrimary: primary,
      ismaster: primary,
      secondary: !primary,
      hosts: [this.address],
      setName: SET_NAME,
      setVersion: 1,
      me: this.address,
      ...(primary && { primary: this.address, electionId: this.#electionId }),
      lastWrite: { opTime, lastWriteDate: now, majorityOpTime: opTime, majorityWriteDate: now },
      maxBsonObjectSize: 16 * 2 ** 20,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      maxWriteBatchSize: 25_000,
      localTime: now,
      logicalSessionTimeoutMinutes: 30,
      connectionId,
      minWireVersion: 0,
      maxWireVersion: MAX_WIRE_VERSION,
      readOnly: false,
      ok: 1
    }
  }
}
