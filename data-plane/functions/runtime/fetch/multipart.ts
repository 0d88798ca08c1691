import { utf8fromStringLoose } from '@exodus/bytes/utf8.js'
import type { FormData } from 'undici/lib/web/fetch/formdata.js'
import { concatenate } from '../byte-sequences.ts'
import { scope } from '../scope.ts'

/** Random, so that no part can contain it but by chance. */
export function makeBoundary (): string {
  return `----form-data-${scope.host.randomUUID().replaceAll('-', '')}`
}

/** HTML, "multipart/form-data encoding algorithm" (section 4.10.22.7), in UTF-8. */
export function encodeMultipart (form: FormData, boundary: string): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(normalizeNewlines(name))}"`
    if (typeof value === 'string') {
      parts.push(utf8fromStringLoose(`${disposition}\r\n\r\n${normalizeNewlines(value)}\r\n`))
    } else {
      const type = value.type === '' ? 'application/octet-stream' : value.type
      parts.push(
        utf8fromStringLoose(`${disposition}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`),
        scope.use('blob').bytesOfBlob(value) ?? new Uint8Array(0),
        utf8fromStringLoose('\r\n')
      )
    }
  }
  parts.push(utf8fromStringLoose(`--${boundary}--\r\n`))
  return concatenate(parts)
}

function normalizeNewlines (text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n')
}

function escape (name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}
