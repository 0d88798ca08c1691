import { createPublicKey } from 'node:crypto'
import t from 'tap'
import type { FeedSigningKey } from '#shared/feed.ts'
import { isDigestOf } from '../../data-plane/authentication/digest.ts'
import { NotCovered, signatureBase, type SignedMessage } from '../../data-plane/authentication/signature-base.ts'
import { readSignatures, verifySignature } from '../../data-plane/authentication/signature.ts'

// RFC 9421, appendix B: its test request, keys and signatures.
const digest = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'
const request: SignedMessage = {
  method: 'POST', scheme: 'https', authority: 'example.com', path: '/foo', query: 'param=Value&Pet=dog', requestTarget: '/foo?param=Value&Pet=dog',
  rawHeaders: ['Host', 'example.com', 'Date', 'Tue, 20 Apr 2021 02:07:55 GMT', 'Content-Type', 'application/json', 'Content-Digest', digest, 'Content-Length', '18']
}
const pem = (text: string): string => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`
const rsaPss: FeedSigningKey = {
  id: 'test-key-rsa-pss',
  algorithm: 'rsa-pss-sha512',
  publicKey: pem('MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2\n+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+\noAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq\ngDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W\nUtzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4\naOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI\n2wIDAQAB')
}
const ed25519: FeedSigningKey = { id: 'test-key-ed25519', algorithm: 'ed25519', publicKey: pem('MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=') }
const shared: FeedSigningKey = { id: 'test-shared-secret', algorithm: 'hmac-sha256', secretVariable: 'S', encoding: 'base64' }
const sharedSecret = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=='

const vectors: Array<[name: string, key: FeedSigningKey, input: string, signature: string]> = [
  ['B.2.1', rsaPss, '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
    'd2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q=='],
  ['B.2.2', rsaPss, '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
    'LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw=='],
  ['B.2.5', shared, '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"', 'pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8='],
  ['B.2.6', ed25519, '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==']
]

t.test('the signatures of RFC 9421 are good, and of nothing else', async t => {
  for (const [name, key, input, value] of vectors) {
    const [carried] = readSignatures(`sig=${input}`, `sig=:${value}:`)!
    const isGood = (message: SignedMessage): boolean => verifySignature(signatureBase(message, carried!.input), carried!.signature, key, sharedSecret)
    t.equal(isGood(request), true, name)
    t.match(carried, { keyId: key.id, created: 1618884473 })
    if (carried!.input[0].length === 0) continue
    t.equal(isGood({ ...request, authority: 'example.org' }), false, `${name}, elsewhere`)
    t.equal(verifySignature(signatureBase(request, carried!.input), carried!.signature.map(byte => byte ^ 1) as Buffer, key, sharedSecret), false)
  }
  t.ok(createPublicKey(rsaPss.publicKey))
})

t.test('what is covered is written as RFC 9421 says', async t => {
  const base = (components: string, message: Partial<SignedMessage>): string | null => {
    try {
      return signatureBase({ ...request, ...message }, readSignatures(`s=(${components})`, 's=:AAAA:')![0]!.input).split('\n').slice(0, -1).join('\n')
    } catch (error) {
      if (error instanceof NotCovered) return null
      throw error
    }
  }
  const rawHeaders = ['X-List', '  a  ', 'x-list', 'b, c', 'X-Dict', 'a=1;x, b=(1 2)', 'X-Empty', '', 'X-Bytes', 'v, 1', 'X-Bytes', 'v2']
  for (const [components, expected] of [
    ['"x-list"', '"x-list": a, b, c'], ['"x-empty"', '"x-empty": '], ['"x-dict";key="a"', '"x-dict";key="a": 1;x'], ['"x-dict";key="b"', '"x-dict";key="b": (1 2)'],
    ['"x-bytes";bs', '"x-bytes";bs: :diwgMQ==:, :djI=:'],
    ['"@target-uri"', '"@target-uri": https://example.com/foo?param=Value&Pet=dog'], ['"@query"', '"@query": ?param=Value&Pet=dog'], ['"@scheme"', '"@scheme": https'],
    ['"@request-target"', '"@request-target": /foo?param=Value&Pet=dog'],
    ['"missing"', null], ['"X-List"', null], ['"x-list" "x-list"', null], ['"x-dict";key="z"', null], ['"x-list";sf', null], ['"x-list";tr', null], ['"@status"', null], ['"@method";req', null], ['1', null]
  ] as const) t.equal(base(components, { rawHeaders }), expected, components)
  const query = { query: 'var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&twice=1&twice=2&e=~%27(!)' }
  t.equal(base('"@query-param";name="var"', query), '"@query-param";name="var": this%20is%20a%20big%0Amultiline%20value')
  t.equal(base('"@query-param";name="bar"', query), '"@query-param";name="bar": with%20plus%20whitespace')
  t.equal(base('"@query-param";name="fa%C3%A7ade%22%3A%20"', query), '"@query-param";name="fa%C3%A7ade%22%3A%20": something')
  t.equal(base('"@query-param";name="e"', query), '"@query-param";name="e": %7E%27%28%21%29')
  for (const name of ['twice', 'none', '%']) t.equal(base(`"@query-param";name="${name}"`, query), null, name)
})

t.test('what says no signature is none', async t => {
  for (const [input, signature] of [['', ''], ['s=1', 's=:AA==:'], ['s=()', 't=:AA==:'], ['s=()', 's="x"'], ['s=(', 's=:AA==:'], ['s=()', 's=(1)'], [`s=(${'"a" '.repeat(40)})`, 's=:AA==:'], [`s=("${'a'.repeat(5000)}")`, 's=:AA==:']] as const) {
    t.notOk(readSignatures(input, signature)?.length, input.slice(0, 20))
  }
})

t.test('a digest is of a body where all that are known fit, and one is known', async t => {
  const body = Buffer.from('{"hello": "world"}')
  const sha256 = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
  for (const field of [digest, sha256, `${sha256}, ${digest}`, `${sha256}, md5=:AAAA:`]) t.equal(isDigestOf(field, body), true, field)
  for (const field of ['', 'md5=:AAAA:', `${sha256}, sha-512=:AAAA:`, 'sha-256=1', 'sha-256=(:AA==:)', 'sha-256', '===']) t.equal(isDigestOf(field, body), false, field)
  t.equal(isDigestOf(sha256, Buffer.from('{"hello": "World"}')), false)
})
