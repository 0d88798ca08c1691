export { chunkCost } from '../egress/byte-queue.ts'

/**
 * How bodies that stream cross a border, whichever: a sender may have chunks worth so much (`chunkCost`) on their way, and more as the
 * other side says that it has passed them on. So nobody holds more than that for somebody who reads slowly.
 */
export const bodyWindow = 128 * 1024
/** Of a body, in one chunk. */
export const maxChunkBytes = 32 * 1024
/** What the receiver may keep to itself before it says that there is room again. The rest has to be enough for the largest chunk. */
export const owedBytes = bodyWindow / 4
