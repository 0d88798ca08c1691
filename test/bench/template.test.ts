import t from 'tap'
import { fillTemplate } from '../../bench/peers/template.ts'

t.test('values stand where their names stood', async t => {
  t.equal(fillTemplate('listen {{host}}:{{port}}; # {{port}}', { host: '127.0.0.1', port: 80 }), 'listen 127.0.0.1:80; # 80')
  t.equal(fillTemplate('{{value}}', { value: '$& {{port}}' }), '$& {{port}}', 'a value is not read again')
})

t.test('what is missing, or for nothing, is said', async t => {
  t.throws(() => fillTemplate('listen {{port}}', {}), /asks for "port"/)
  t.throws(() => fillTemplate('listen', { port: 80 }), /asks for "port"/)
})
