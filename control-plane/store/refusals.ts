import { StoreError } from './store.ts'

/** The document, if it is there and as the caller has read it. */
export function expectRevision<Document extends { revision: number }> (document: Document | null, expected: number, kind: string): Document {
  if (document === null) throw missing(kind)
  if (document.revision !== expected) {
    throw new StoreError('revision_mismatch', `The ${kind} is at revision ${document.revision}, not ${expected}`)
  }
  return document
}

export function missing (kind: string): StoreError {
  return new StoreError('not_found', `There is no such ${kind}`, { field: kind })
}

export function taken (kind: string, field: string): StoreError {
  return new StoreError('exists', `Another ${kind} has this ${field}`, { field })
}
