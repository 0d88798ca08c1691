type BlobPart = string | BufferSource | Blob
interface BlobPropertyBag { type?: string, endings?: 'native' | 'transparent' }

/** All of its bytes are in memory. */
interface Blob {
  readonly size: number
  readonly type: string
  arrayBuffer: () => Promise<ArrayBuffer>
  bytes: () => Promise<Uint8Array<ArrayBuffer>>
  slice: (start?: number, end?: number, type?: string) => Blob
  stream: () => ReadableStream<Uint8Array<ArrayBuffer>>
  text: () => Promise<string>
}

declare var Blob: { prototype: Blob, new (parts?: Iterable<BlobPart>, options?: BlobPropertyBag): Blob }

interface File extends Blob {
  readonly name: string
  readonly lastModified: number
  readonly webkitRelativePath: string
}

declare var File: { prototype: File, new (parts: Iterable<BlobPart>, name: string, options?: BlobPropertyBag & { lastModified?: number }): File }
