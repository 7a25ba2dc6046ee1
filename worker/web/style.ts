/** The one stylesheet, by hand. Colours are chosen for a contrast of at least 4.5 in light and dark (WCAG 2.2, 1.4.3). */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #faf8f4; --card: #fff; --ink: #23272b; --soft: #5a626b; --line: #e2ddd2;
  --accent: #1f5f66; --on-accent: #fff; --tint: #e3eeee;
  --warn: #8c2f1b; --warn-tint: #fbeae4; --good-tint: #e6f2e6;
  --serif: ui-serif, "Iowan Old Style", Charter, Georgia, serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181a; --card: #1e2124; --ink: #e7e4de; --soft: #a5abb1; --line: #34383c;
    --accent: #90cdd0; --on-accent: #0f2022; --tint: #223437;
    --warn: #f2a48f; --warn-tint: #3a221c; --good-tint: #1f3322;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.25; margin: 0 0 .6rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
p { margin: 0 0 .8rem; }
code, pre { font: .9em/1.5 ui-monospace, "SF Mono", Consolas, monospace; }
code { background: var(--tint); padding: .1em .35em; border-radius: .25rem; }
pre { background: var(--tint); padding: .8rem; border-radius: .4rem; overflow-x: auto; }
pre code { padding: 0; background: none; }
img { max-width: 100%; }
.wrap { max-width: 42rem; margin: 0 auto; padding: 0 1rem; }
main.wrap { padding-top: 1.6rem; padding-bottom: 3rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .5rem; top: .5rem; background: var(--card); padding: .5rem .8rem; z-index: 1; }
.top { border-bottom: 1px solid var(--line); background: var(--card); }
.top .wrap { max-width: 58rem; display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .3rem; padding-top: .45rem; padding-bottom: .45rem; }
.top a, .top button { display: inline-block; padding: .4rem .5rem; border-radius: .4rem; color: var(--soft); text-decoration: none; font-size: .95rem; }
.top a:hover, .top button:hover { color: var(--ink); background: var(--tint); }
.top a[aria-current] { color: var(--accent); font-weight: 600; }
.top form { margin: 0 0 0 auto; }
.foot { color: var(--soft); font-size: .9rem; border-top: 1px solid var(--line); }
.foot .wrap { display: flex; justify-content: space-between; gap: 1rem; padding-top: 1rem; padding-bottom: 2rem; }
.foot a { color: inherit; }
.soft { color: var(--soft); }
.small { font-size: .9rem; }
.note, .problem { padding: .7rem .9rem; border-radius: .5rem; background: var(--good-tint); }
.problem { background: var(--warn-tint); color: var(--warn); border-left: 4px solid var(--warn); }
.problem a { color: inherit; }
form { margin: 0; }
label, legend { display: block; font-weight: 600; margin: 0 0 .25rem; padding: 0; }
.hint { display: block; margin-top: .2rem; font-weight: 400; color: var(--soft); font-size: .9rem; }
.field { margin: 0 0 1.1rem; }
fieldset { border: 0; padding: 0; margin: 0 0 1.1rem; min-width: 0; }
input, textarea, select, button { font: inherit; color: inherit; }
input:not([type=checkbox]):not([type=radio]):not([type=file]), textarea, select {
  width: 100%; min-height: 2.75rem; padding: .55rem .7rem; border: 1px solid var(--soft); border-radius: .45rem; background: var(--card);
}
input:is([type=checkbox], [type=radio]) { width: 1.15rem; height: 1.15rem; margin: 0 .45rem 0 0; vertical-align: -.2rem; accent-color: var(--accent); }
input[type=file] { max-width: 100%; }
.check { font-weight: 400; }
::placeholder { color: var(--soft); opacity: 1; }
textarea { min-height: 7rem; resize: vertical; line-height: 1.5; }
button, .button {
  display: inline-block; padding: .5rem 1.1rem; border: 1px solid var(--accent); border-radius: .45rem; background: var(--accent);
  color: var(--on-accent); font-weight: 600; text-decoration: none; cursor: pointer;
}
button.quiet, .button.quiet, .top button { background: none; color: var(--accent); }
.top button { border-color: transparent; font-weight: 400; color: var(--soft); }
button.plain { padding: 0; border: 0; background: none; color: var(--accent); font-weight: 400; text-decoration: underline; text-underline-offset: .15em; }
button.danger { background: none; border-color: var(--warn); color: var(--warn); }
.row { display: flex; flex-wrap: wrap; gap: .8rem 1rem; align-items: end; }
.row > .field { flex: 1 1 9rem; margin: 0; }
.row select { height: 2.75rem; }
.card > :is(h1, h2, h3):first-child { margin-top: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: 1.1rem; margin: 0 0 1.4rem; }
.list { list-style: none; margin: 0; padding: 0; }
.list > li { border-top: 1px solid var(--line); padding: .9rem 0; }
.list > li:first-child { border-top: 0; }
.checks > li { border-left: 4px solid var(--line); padding-left: .8rem; }
.list.checks { margin-bottom: 1.4rem; }
.checks > .wait, .checks > .fail { border-left-color: var(--warn); }
.checks > .ok { border-left-color: var(--accent); }
.person { display: flex; gap: .8rem; align-items: start; }
.person > .who { flex: 1; min-width: 0; }
.person > .acts { display: flex; flex-wrap: wrap; gap: .4rem; justify-content: end; }
.acts button { padding: .3rem .7rem; font-size: .9rem; }
.face { flex: none; width: 2.75rem; height: 2.75rem; border-radius: 50%; object-fit: cover; display: grid; place-items: center;
  background: var(--tint); color: var(--accent); font: 600 1.2rem/1 var(--serif); }
.name { font-weight: 600; }
.name, .who > a { text-decoration: none; }
.name:hover, .who > a:hover { text-decoration: underline; }
.who > p { margin: .3rem 0 0; }
.post { padding: 1.1rem 0; border-top: 1px solid var(--line); }
.posts > .post:first-child, main > .vh + .post, .list > li > .post { border-top: 0; }
.list > li > .post { padding: 0; }
.post > header { display: flex; gap: .8rem; align-items: start; margin: 0 0 .6rem; }
.post > header > div { flex: 1; min-width: 0; line-height: 1.35; }
.post .meta { color: var(--soft); font-size: .9rem; }
.post .meta a { color: inherit; text-decoration: none; }
.post .meta a:hover { text-decoration: underline; }
.post > ul { margin: 0 0 .7rem; padding-left: 1.2rem; }
.post > footer { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; color: var(--soft); font-size: .92rem; }
.post > footer details[open] { flex-basis: 100%; }
.post.deep { border-left: 3px solid var(--tint); padding-left: 1rem; }
.content p:last-child, .content ul:last-child, .content ol:last-child { margin-bottom: 0; }
.content { margin: 0 0 .7rem; }
.content.large { font-size: 1.15rem; }
.content blockquote { margin: 0 0 .8rem; padding-left: .9rem; border-left: 3px solid var(--line); color: var(--soft); }
.content h1, .content h2, .content h3 { font-size: 1.05rem; margin: 1rem 0 .4rem; }
.content .invisible { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.content .ellipsis::after { content: "…"; }
summary { cursor: pointer; color: var(--accent); margin: 0 0 .4rem; }
.post > footer summary { margin: 0; }
details > .content, details > form { margin-top: .6rem; }
.pages { display: flex; justify-content: space-between; margin-top: 1.2rem; }
.banner { display: block; width: 100%; aspect-ratio: 3 / 1; object-fit: cover; border-radius: .7rem; }
.profile { margin: 0 0 1.6rem; }
.profile .face { width: 6rem; height: 6rem; font-size: 2.4rem; border: 4px solid var(--paper); }
.profile .banner + .face { margin-top: -3rem; position: relative; }
.profile h1 { margin: .7rem 0 .1rem; }
.handle { color: var(--soft); font-size: 1.05rem; user-select: all; -webkit-user-select: all; }
.fields { display: grid; grid-template-columns: fit-content(50%) 1fr; margin: 1rem 0; border-top: 1px solid var(--line); }
.fields dt, .fields dd { margin: 0; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); min-width: 0; }
.fields dt { color: var(--soft); min-width: 6rem; }
.fields .content, .fields p { margin: 0; }
.files { display: flex; flex-direction: column; gap: .5rem; margin: 0 0 .7rem; }
.files img, .files video { display: block; max-width: 100%; height: auto; max-height: 40rem; border-radius: .5rem; }
.files audio { width: 100%; }
.file { margin: 0 0 .8rem; }
.file textarea { margin-top: .4rem; }
.settings-image { max-height: 6rem; border-radius: .5rem; display: block; margin: 0 0 .5rem; }
.pairs { display: grid; grid-template-columns: 1fr 2fr; gap: .5rem; margin: 0 0 .5rem; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) {
  h1 { font-size: 1.45rem; }
  .person { flex-wrap: wrap; }
  .person > .acts { flex-basis: 100%; justify-content: start; }
  .person > .face ~ .acts { padding-left: 3.55rem; }
  .top a, .top button { padding: .35rem .4rem; }
}
@media print { .top, .foot, form { display: none; } }
`.trimStart();
