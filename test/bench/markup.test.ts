import t from 'tap'
import { html, Markup } from '../../bench/report/markup.ts'

t.test('values are text, wherever they stand', async t => {
  const hostile = '<script>alert("1")</script>\'&'
  t.equal(html`<a title="${hostile}" class='${hostile}'>${hostile}</a>`.text.match(/<script|"1"|'&</g), null)
  t.equal(html`<p>${'a < b & "c"'}</p>`.text, '<p>a &lt; b &amp; &quot;c&quot;</p>')
})

t.test('what is HTML already, lists, numbers and nothing', async t => {
  t.equal(html`<ul>${[html`<li>${1}</li>`, [html`<li>${'<'}</li>`], null]}</ul>`.text, '<ul><li>1</li><li>&lt;</li></ul>')
  t.equal(html`${new Markup('<b>')}`.text, '<b>')
})
