import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

/** What a package asks for, in a bundle, and what it gets. The first rule that fits decides. */
const rules: Array<{ of: string, module: RegExp, instead: string }> = [
  // Tables of 150 to 200 kB each, which few functions need: in groups of their own.
  { of: '/whatwg-url/', module: /^tr46$/, instead: 'shims/lazy-tr46.ts' },
  { of: '/@exodus/bytes/encoding.js', module: /multi-byte\.js$/, instead: 'shims/lazy-multi-byte.ts' },
  // The URL API always encodes a query as UTF-8; other encodings are for documents.
  { of: '/whatwg-url/', module: /^@exodus\/bytes\/encoding\.js$/, instead: 'shims/utf8-only.ts' },
  { of: '/@exodus/bytes/whatwg.js', module: /(fallback\/encoding|single-byte)\.js$/, instead: 'shims/utf8-only.ts' },
  // The classes of the Fetch Standard, without what fetches, and without Node.js.
  { of: '/undici/', module: /^\.\/body$/, instead: 'fetch/undici-body.ts' },
  { of: '/undici/', module: /core\/util$/, instead: 'shims/undici/core-util.cjs' },
  { of: '/undici/', module: /runtime-features\.js$/, instead: 'shims/undici/runtime-features.cjs' },
  { of: '/undici/', module: /^node:assert$/, instead: 'shims/undici/assert.cjs' },
  { of: '/undici/', module: /^node:/, instead: 'shims/undici/node.ts' }
]

/** For esbuild: leaves modules out of a bundle, and puts others in their place. */
export const substitutes: Plugin = {
  name: 'substitutes',
  setup: builder => {
    builder.onResolve({ filter: /.*/ }, ({ path, importer }) => {
      const rule = rules.find(candidate => candidate.module.test(path) && importer.replaceAll('\\', '/').includes(`/node_modules${candidate.of}`))
      return rule === undefined ? undefined : { path: fileURLToPath(new URL(rule.instead, import.meta.url)) }
    })
  }
}
