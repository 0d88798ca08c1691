import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('entries are appended, set, deleted and iterated in order', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const form = new FormData()
    form.append('a', 1); form.append('b', 'x'); form.append('a', '2'); form.set('b', 'y'); form.append('c', 'gone'); form.delete('c')
    return [[...form], form.getAll('a'), form.get('none'), form.has('a'), form instanceof FormData]
  `), [[['a', '1'], ['b', 'y'], ['a', '2']], ['1', '2'], null, true, true])
})

t.test('a blob becomes a file, under the name that it is given', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const form = new FormData()
    form.append('plain', new Blob(['x'], { type: 'text/css' })); form.append('named', new Blob(['y']), 'y.bin'); form.append('file', new File(['z'], 'z.txt'))
    return [...form].map(([name, file]) => [name, file instanceof File, file.name, file.type, file.size])
  `), [['plain', true, 'blob', 'text/css', 1], ['named', true, 'y.bin', '', 1], ['file', true, 'z.txt', '', 1]])
})

t.test('a form with files goes through a body and comes back the same', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const form = new FormData()
    form.append('na"me\\n', 'line\\nline'); form.append('datei', new File([new Uint8Array([0, 255, 13, 10, 45, 45])], 'ü"x.bin', { type: 'application/x-thing' }))
    form.append('empty', '')
    const response = new Response(form)
    const back = [...await response.formData()]
    const file = back[1][1]
    return [response.headers.get('content-type').startsWith('multipart/form-data; boundary='), back[0], back[1][0], file.name, file.type, [...await file.bytes()], back[2]]
  `), [true, ['na"me\r\n', 'line\r\nline'], 'datei', 'ü"x.bin', 'application/x-thing', [0, 255, 13, 10, 45, 45], ['empty', '']])
})

t.test('a form that a browser sent is read', async t => {
  const isolate = createWebIsolate(t)
  const body = ['--XX', 'Content-Disposition: form-data; name="title"', '', 'Grüße', '--XX',
    'Content-Disposition: form-data; name="photo"; filename="a.png"', 'Content-Type: image/png', '', '\u0001\u0002', '--XX--', ''].join('\r\n')
  t.strictSame(await isolate.run(`
    const response = new Response(${JSON.stringify(body)}, { headers: { 'content-type': 'multipart/form-data; boundary=XX' } })
    const form = await response.formData()
    return [form.get('title'), form.get('photo').name, form.get('photo').type, form.get('photo').size]
  `), ['Grüße', 'a.png', 'image/png', 2])
})

t.test('an urlencoded form is read', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const response = new Response('a=1&b=%C3%BC+x&a=2', { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } })
    return [...await response.formData()]
  `), [['a', '1'], ['b', 'ü x'], ['a', '2']])
})

t.test('what is no form is refused', async t => {
  const isolate = createWebIsolate(t)
  const bodies = [['{}', 'application/json'], ['x', 'multipart/form-data'], ['x', 'multipart/form-data; boundary=b'],
    ['--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut off', 'multipart/form-data; boundary=b'],
    ['--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--', 'multipart/form-data; boundary=b']]
  for (const [body, type] of bodies) {
    t.equal(await isolate.run(`
      const response = new Response(${JSON.stringify(body)}, { headers: { 'content-type': ${JSON.stringify(type)} } })
      return await response.formData().then(() => 'read', error => error.constructor.name)
    `), 'TypeError', `${type} ${body}`)
  }
})
