/** Two sets of colours that differ for the colour-blind as well; what is said by colour is also said by a word or a sign. */
export const style = `
:root { --ground: #fff; --panel: #f5f6f8; --text: #15191f; --muted: #5a6472; --grid: #dfe3e9; --bar: #b3bcc9; --ours: #3b5bdb; --dot: #15191f;
  --met: #1d7a35; --missed: #c0241c; --c2: #0c8a7d; --c3: #c9720a; --c4: #9b3fb0; --c5: #7a6233; --rest: #9aa4b2; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12151a; --panel: #1b2027; --text: #e5e9ef; --muted: #9aa5b4; --grid: #2b323c; --bar: #596475; --ours: #7d9bff; --dot: #f2f5f9;
    --met: #62c77c; --missed: #ff8a80; --c2: #45c4b5; --c3: #f0a54a; --c4: #d08be0; --c5: #c4a86a; --rest: #6f7a89; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; }
h3 code { font-size: .8rem; font-weight: 400; color: var(--muted); margin-left: .35rem; }
p { margin: 0 0 1rem; max-width: 46rem; }
small, .lead, figcaption span, article > p { color: var(--muted); }
a { color: inherit; text-decoration-color: var(--grid); text-underline-offset: .2em; }
a:hover { text-decoration-color: currentcolor; }
code, pre { font-family: ui-monospace, monospace; font-size: .875rem; overflow-wrap: anywhere; }
pre { background: var(--panel); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; }
ul { padding: 0; margin: 0 0 1rem; list-style: none; }
article { margin: 0 0 1rem; padding: 1.5rem 0 1rem; border-top: 1px solid var(--grid); }
article .targets { margin-top: -.25rem; }
nav { margin: 2.5rem 0 0; padding: 1rem 1.25rem; background: var(--panel); border-radius: 8px; font-size: .9rem; }
nav > div { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 0 1rem; padding: .2rem 0; } nav b { font-weight: 600; } nav a { margin-right: .75rem; }
.missed .state, span.missed, b.missed { color: var(--missed); } .met .state { color: var(--met); }
.targets li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr) 8rem 6rem; gap: 0 1rem; align-items: center; padding: .45rem 0; border-bottom: 1px solid var(--grid); }
.targets li:last-child { border-bottom: 0; }
.state { font-weight: 600; font-size: .9rem; white-space: nowrap; } .what { line-height: 1.35; } .what small { display: block; } .measured { text-align: right; }
.gauge { width: 100%; display: block; } .gauge .ground { fill: var(--grid); } .met .fill { fill: var(--met); } .missed .fill { fill: var(--missed); } .gauge .mark { stroke: var(--text); stroke-width: 2; }
.missing li, .failed li { margin: .3rem 0; }
figure { margin: 1.25rem 0; }
figcaption { margin-bottom: .4rem; font-size: .9rem; } figcaption span { margin-left: .35rem; }
.key { display: inline-flex; align-items: center; gap: .35rem; margin-right: .6rem; white-space: nowrap; color: var(--text); }
.key i { width: .75rem; height: .75rem; border-radius: 2px; background: currentcolor; }
.row { display: grid; grid-template-columns: 12rem minmax(0, 1fr) 13rem; gap: 0 1rem; align-items: center; }
.tall .row { grid-template-columns: 18rem minmax(0, 1fr) 11rem; padding: .15rem 0; } .tall .ours .name { font-weight: 400; }
.name, .value { font-size: .9rem; line-height: 1.3; overflow-wrap: anywhere; } .ours .name { font-weight: 600; } .name small { font-weight: 400; }
.ratio { white-space: nowrap; display: block; }
.axis .value { color: var(--muted); font-size: .8rem; }
svg { overflow: visible; } .track, .curve { display: block; width: 100%; }
.grid { stroke: var(--grid); stroke-width: 1; } .tick { fill: var(--muted); font-size: 12px; }
.bar { fill: var(--bar); } .ours .bar { fill: var(--ours); }
.dot { fill: var(--ground); stroke: var(--dot); stroke-width: 1.5; } .spread { stroke: var(--dot); stroke-width: 1.5; }
.median { stroke: var(--dot); stroke-width: 2; } .most { fill: var(--dot); }
.tall .ours .bar { fill-opacity: .75; } .tall .dot { fill: var(--ours); stroke: none; fill-opacity: .75; }
.fill-1, .fill-ours { fill: var(--ours); color: var(--ours); } .fill-2 { fill: var(--c2); color: var(--c2); } .fill-3 { fill: var(--c3); color: var(--c3); }
.fill-4 { fill: var(--c4); color: var(--c4); } .fill-5 { fill: var(--c5); color: var(--c5); } .fill-rest { fill: var(--rest); color: var(--rest); }
.line-ours { color: var(--ours); } .line-2 { color: var(--c2); } .line-3 { color: var(--c3); } .line-4 { color: var(--c4); } .line-5 { color: var(--c5); }
.line { stroke: currentcolor; stroke-width: 2; } .line-ours .line { stroke-width: 3; } .point { fill: currentcolor; } .faint { fill: currentcolor; fill-opacity: .3; }
.figures, .facts { margin: 1rem 0; } .figures { display: flex; flex-wrap: wrap; gap: .75rem 2rem; }
dt { color: var(--muted); font-size: .9rem; } dd { margin: 0; } .figures dd { font-size: 1.15rem; font-weight: 600; }
.facts div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0 1rem; padding: .2rem 0; }
details { margin: .75rem 0; } summary { cursor: pointer; color: var(--muted); font-size: .9rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .5rem 0; }
th, td { padding: .3rem .75rem .3rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); } th { color: var(--muted); font-weight: 500; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
@media (max-width: 44rem) {
  body { padding: 1.25rem 1rem 3rem; }
  .row, .tall .row { grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); margin-bottom: .5rem; } .row .track { grid-row: 2; grid-column: 1 / -1; } .row .value { text-align: right; } .axis { margin-bottom: 0; } .axis .value { grid-row: 3; grid-column: 2; }
  .axis .name { display: none; }
  .ratio { display: inline; }
  .targets li { grid-template-columns: minmax(0, 1fr) auto; gap: .1rem 1rem; } .targets .state { grid-column: 1; } .targets .measured { grid-row: 1; grid-column: 2; } .targets .what, .targets .gauge { grid-column: 1 / -1; }
  nav > div { display: block; }
}
@media print { details { display: block; } }
`
