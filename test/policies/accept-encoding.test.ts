import t from 'tap'
import { chooseEncoding } from '#shared/policies/compression/accepted.ts'

const all = ['br', 'zstd', 'gzip'] as const

t.test('the encoding with the highest weight is taken, and of several the first that is offered', async t => {
  const cases: Array<[accepted: string | undefined, chosen: string | null]> = [
    [undefined, null],
    ['', null],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, zstd', 'zstd'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0.001', 'br'],
    ['br;q=0', null],
    ['br;q=0, gzip ; q=0.2', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *;q=0.3', 'zstd'],
    ['gzip;q=0.5, *;q=0', 'gzip'],
    ['identity', null],
    ['identity;q=1, gzip;q=0.5', null],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['deflate, compress', null],
    // What is none of the grammar says nothing.
    ['br;q=2', null],
    ['br;q=-1, gzip', 'gzip'],
    ['br;q=0.12345', null],
    ['br;level=1', null],
    [',,, gzip ,', 'gzip'],
    ['b r', null],
    ['gzip,'.repeat(10_000), null]
  ]
  for (const [accepted, chosen] of cases) t.equal(chooseEncoding(accepted, all), chosen, String(accepted).slice(0, 60))
  t.equal(chooseEncoding('gzip, br', ['gzip', 'br']), 'gzip')
  t.equal(chooseEncoding('br', ['gzip']), null)
})
