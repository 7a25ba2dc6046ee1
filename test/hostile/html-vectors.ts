/**
 * What comes in as HTML, and all that may come out: one row each, `name: input => output`. In a row `~`
 * stands for the rel and target that every link gets, `=` alone for "the same as went in", and ⟨A⟩ for the
 * character U+000A.
 */
export const VECTORS = String.raw`
H1 a script element goes with all of it: a<script>alert(1)</script>b => ab
H1 a script with a source: a<script src="https://evil.test/x.js"></script>b => ab
H1 tag names have no case: a<ScRiPt>alert(1)</sCrIpT>b => ab
H1 an open script reaches to the end, as in a browser: a<script>alert(1) => a
H1 a script cannot be built from its own removal: <scr<script></script>ipt>alert(1)</script> => alert(1)
H1 a slash after the name is no other name: a<script/x>alert(1)</script>b => ab
H1 an end tag may have spaces and attributes: a<script>alert(1)</script ⟨A⟩ x="y">b => ab
H1 NUL in the name: a<scr⟨0⟩ipt>alert(1)</scr⟨0⟩ipt>b => aalert(1)b
H1 a script behind a quote in an attribute: <p title='"><script>alert(1)</script>'>b => <p>b</p>
H1 two tags begun, one ended: <<script>alert(1)//<</script>b => &lt;b
H1 a script as text stays text: &lt;script&gt;alert(1)&lt;/script&gt; => =
H1 noscript hides a second reading: a<noscript><p title="</noscript><img src=x onerror=alert(1)>">b => a&quot;&gt;b
H2 onclick: <p onclick="alert(1)">x</p> => <p>x</p>
H2 onerror of an image: <img src=x onerror=alert(1)> =>
H2 onload of a body: <body onload=alert(1)>x</body> => x
H2 no space before it: <img/src="x"/onerror=alert(1)>x => x
H2 on a link that is kept: <a href="https://a.test/" onmouseover=alert(1)>x</a> => <a href="https://a.test/"~>x</a>
H2 in upper case, with line feeds: <b⟨A⟩ONCLICK⟨A⟩=⟨A⟩"alert(1)">x</b> => <b>x</b>
H2 smuggled out of the class: <span class="mention&quot; onclick=&quot;alert(1)">x</span> => <span>x</span>
H2 smuggled out of the href: <a href="https://a.test/&quot;onclick=&quot;alert(1)">x</a> => <a href="https://a.test/&quot;onclick=&quot;alert(1)"~>x</a>
H2 a quote that never ends: <b>x</b><a href="https://a.test/ onclick=alert(1)>y => <b>x</b>&lt;a href=&quot;https://a.test/ onclick=alert(1)&gt;y
H2 focus without a click: <b onfocus=alert(1) tabindex=1 autofocus contenteditable>x</b> => <b>x</b>
H2 animation events: <b style="animation-name:x" onanimationstart="alert(1)">x</b> => <b>x</b>
H3 javascript: <a href="javascript:alert(1)">x</a> => x
H3 in mixed case: <a href="JaVaScRiPt:alert(1)">x</a> => x
H3 with a tab: <a href="java⟨9⟩script:alert(1)">x</a> => x
H3 with a line feed: <a href="java⟨A⟩script:alert(1)">x</a> => x
H3 decimal reference: <a href="&#106;avascript:alert(1)">x</a> => x
H3 reference without semicolon: <a href="&#0000106avascript:alert(1)">x</a> => x
H3 hexadecimal reference: <a href="&#x6A;avascript:alert(1)">x</a> => x
H3 control character first: <a href="&#1;javascript:alert(1)">x</a> => x
H3 named tab: <a href="java&Tab;script:alert(1)">x</a> => x
H3 named colon: <a href="javascript&colon;alert(1)">x</a> => x
H3 named line feed: <a href="java&NewLine;script:alert(1)">x</a> => x
H3 spaces before it: <a href="  javascript:alert(1)">x</a> => x
H3 as a comment and an URL: <a href="javascript://a.test/%0aalert(1)">x</a> => x
H3 no quotes: <a href=javascript:alert(1)>x</a> => x
H3 back-ticks for quotes: <a href=${"`"}javascript:alert(1)${"`"}>x</a> => x
H3 the first of two counts, as in a browser: <a href="javascript:alert(1)" href="https://a.test/">x</a> => x
H3 the second of two does not: <a href="https://a.test/" href="javascript:alert(1)">x</a> => <a href="https://a.test/"~>x</a>
H3 view-source and feed: <a href="view-source:javascript:alert(1)">x</a><a href="feed:javascript:alert(1)">y</a> => xy
H4 data with HTML: <a href="data:text/html,<script>alert(1)</script>">x</a> => x
H4 data in base64: <a href="data:text/html;base64,PHNjcmlwdD4=">x</a> => x
H4 data as an image: <img src="data:image/svg+xml,x" alt="a cat"> => a cat
H5 vbscript: <a href="vbscript:msgbox(1)">x</a> => x
H5 vbscript with a form feed: <a href="vb⟨C⟩script:msgbox(1)">x</a> => x
H6 svg with onload: a<svg onload=alert(1)>t</svg>b => ab
H6 a link in svg: <svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>b => b
H6 svg animates an href: <svg><animate attributeName=href values=javascript:alert(1) /></svg>b => b
H6 svg takes HTML back in: <svg><foreignObject><iframe src=x></foreignObject></svg>b => b
H6 an open svg: a<svg><p><style><img title="</style><img src onerror=alert(1)>"> => a
H7 style element: a<style>@import "https://evil.test/x.css";</style>b => ab
H7 style attribute: <p style="position:fixed;top:0">x</p> => <p>x</p>
H7 style sheet by link: <link rel=stylesheet href="https://evil.test/x.css">x => x
H7 a class of our pages: <span class="admin invisible">x</span> => <span class="invisible">x</span>
H7 an id to jump or clobber: <b id="settings" name="body">x</b> => <b>x</b>
H8 iframe: a<iframe src="https://evil.test/"></iframe>b => ab
H8 iframe with a document: a<iframe srcdoc="<script>alert(1)</script>"></iframe>b => ab
H8 object and embed: a<object data="x.swf"><embed src="x.swf"></object>b => ab
H8 media: <video src=x onerror=alert(1)></video><audio src=x></audio>x => x
H8 meta refresh: <meta http-equiv=refresh content="0;url=https://evil.test/">x => x
H8 base: <base href="https://evil.test/">x => x
H8 a form: <form action="https://evil.test/"><input name=pw><button formaction=x>go</button></form> => <p>go</p>
H8 textarea swallows a second reading: a<textarea><a title="</textarea><b>b => a<b>b</b>
H8 title swallows a second reading: <title><a title="</title><img src=x onerror=alert(1)>">b => &quot;&gt;b
H8 template: a<template><img src=x onerror=alert(1)></template>b => ab
H8 marquee and details: <marquee onstart=alert(1)>x</marquee><details open ontoggle=alert(1)>y</details> => x<p>y</p>
H8 plaintext ends all markup: a<plaintext><b>b</b> => a
H9 comment: a<!-- <b> -->b => ab
H9 conditional comment: a<!--[if IE]><script>alert(1)</script><![endif]-->b => ab
H9 the shortest comments: a<!-->b<!--->c => abc
H9 a comment ended by mistake: a<!-- --!><b>b</b> => a<b>b</b>
H9 an open comment: a<!-- <b>b => a
H9 CDATA: <![CDATA[<script>alert(1)</script>]]>b => b
H9 doctype and processing instruction: <!doctype html><?xml version="1.0"?><?php echo 1 ?>b => b
H9 a comment in a script in a comment: <!--<script>-->a<script><!--</script>b => ab
H10 mutation by mglyph: <form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)> =>
H10 mutation by annotation: <math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>b => b
H10 mutation by table: <table><a href="https://a.test/"><td><script>alert(1)</script>x</a></table> => <p><a href="https://a.test/"~> x</a></p>
H10 mutation by back-ticks: <img alt="${"``"}onerror=alert(1)" src=x> => ${"``"}onerror=alert(1)
H10 UTF-7: +ADw-script+AD4-alert(1)+ADw-/script+AD4- => =
H11 an open div cannot take in our page: <div><div>x => <p>x</p>
H11 end tags of our page: x</div></p></main></body></html>y => xy
H11 an open link ends: <a href="https://a.test/">x => <a href="https://a.test/"~>x</a>
H11 links in links: <a href="https://a.test/">x<a href="https://b.test/">y</a>z</a> => <a href="https://a.test/"~>x</a><a href="https://b.test/"~>y</a>z
H11 a refused link ends the one before: <a href="https://a.test/">x<a href="/b">y</a>z</a> => <a href="https://a.test/"~>x</a>yz
H11 crossing tags: <b>x<i>y</b>z</i> => <b>x<i>y</i></b>z
H11 paragraphs in paragraphs: <p>x<p>y</p>z</p> => <p>x</p><p>y</p>z
H11 a list ends a paragraph: <p>x<ul><li>y</ul>z</p> => <p>x</p><ul><li>y</li></ul>z
H11 items end each other, lists in items do not: <ul><li>a<ol><li>b<li>c</ol><li>d</ul> => <ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>
H11 an item without a list: <li value="3">x => <p>x</p>
H11 ruby text without ruby: <rt>x</rt> => x
H11 ruby: <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> => =
H11 ruby with open tags: <ruby>漢<rt>kan<rt>ji</ruby>x => <ruby>漢<rt>kan</rt><rt>ji</rt></ruby>x
H11 what ends empty is not there: <p></p><b><i></i></b><a href="https://a.test/"></a>x => x
H11 tags nobody knows: <x-y z><foo>x</foo></x-y> => x
H11 upper case: <P>x<BR/>y</P> => <p>x<br>y</p>
H11 end tags of leaves: x<hr></hr>y</br>z => x<hr>yz
H12 relative: <a href="/settings">x</a><a href="settings">y</a><a href="#z">z</a><a href="?q">q</a> => xyzq
H12 no scheme: <a href="//evil.test/">x</a> => x
H12 mail, chat and small webs: <a href="mailto:x@a.test">m</a> <a href="xmpp:x@a.test">c</a> <a href="gemini://a.test/">g</a> => m c g
H12 ftp, file and blob: <a href="ftp://a.test/">x</a><a href="file:///etc/passwd">y</a><a href="blob:https://a.test/1">z</a> => xyz
H12 a user name for a host: <a href="https://bank.test@evil.test/">bank</a> => bank
H12 a backslash, read two ways: <a href="https://evil.test\@bank.test/">x</a> => x
H12 a space inside: <a href="https://a.test/ b">x</a> => x
H12 no host: <a href="https://">x</a><a href="https:///">y</a> => xy
H12 one slash: <a href="https:/evil.test/">x</a> => x
H12 a bidi override inside: <a href="https://a.test/&#x202e;gpj.exe">x</a> => <a href="https://a.test/gpj.exe"~>x</a>
H12 the scheme in upper case, as telephones write it: <a href="Https://a.test/">x</a> => <a href="Https://a.test/"~>x</a>
H12 an international host: <a href="https://bücher.test/ß?ä=1&amp;b">x</a> => <a href="https://bücher.test/ß?ä=1&amp;b"~>x</a>
H13 rel is ours but for tag: <a href="https://a.test/" rel="opener me tag dofollow" target="_top" download ping="https://evil.test/">x</a> => <a href="https://a.test/" rel="tag nofollow noopener noreferrer" target="_blank">x</a>
H13 list numbers are numbers: <ol start="3" reversed type="A"><li value="-7">x<li value="1e9">y</ol> => <ol start="3" reversed=""><li value="-7">x</li><li>y</li></ol>
H13 a start that is none: <ol start="1&quot; onclick=&quot;x"><li>x</ol> => <ol><li>x</li></ol>
H13 title, lang and data: <b title="x" lang="de" dir="rtl" data-x="y" translate="no">x</b> => <b>x</b>
H14 headings, rules, sub and sup: <h1>a</h1><h6>b</h6><hr>x<sub>1</sub><sup>2</sup> => =
H14 divisions are paragraphs: <div>a</div><div><p>b</p>c</div><section>d</section> => <p>a</p><p>b</p>c<p>d</p>
H14 table cells keep apart: <table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table> => <p> a b</p><p> c</p>
H14 the old names: <strike>a</strike><ins>b</ins><kbd>c</kbd><tt>d</tt> => <s>a</s><u>b</u><code>c</code><code>d</code>
H14 an image is its alt text: x<img class="emoji" src="https://a.test/1.png" alt=":cat: &amp; &lt;b&gt;">y => x:cat: &amp; &lt;b&gt;y
H14 a formula is its TeX: <math><semantics><mi>x</mi><annotation encoding="application/x-tex">x &lt; 2</annotation></semantics></math> => $x &lt; 2$
H15 less-than in text: a < b > c, I <3 you => a &lt; b &gt; c, I &lt;3 you
H15 a tag cut off by the end: x <b => x &lt;b
H15 references: &eacute;&hellip;&#8364;&#x1F600;&#150; => é…€😀–
H15 a name we do not know shows, as does a bare ampersand: &zigrarr; AT&T &amp;amp; => &amp;zigrarr; AT&amp;T &amp;amp;
H15 impossible characters: &#0;&#xD800;&#x110000; => ���
H15 controls and bidi overrides: a⟨0⟩b⟨8⟩c&#x202E;d&#x202d;e&#27; => abcde
H15 quotes in text: "it's" => &quot;it&#39;s&quot;
H19 another URL: <a href="https://evil.test/">https://bank.test/login</a> => <a href="https://evil.test/"~>https://bank.test/login [evil.test]</a>
H19 another domain alone: <a href="https://evil.test/">bank.test</a> => <a href="https://evil.test/"~>bank.test [evil.test]</a>
H19 with ornament: <a href="https://evil.test/">→ bank.test ✓</a> => <a href="https://evil.test/"~>→ bank.test ✓ [evil.test]</a>
H19 within a sentence: <a href="https://evil.test/">go to https://bank.test now</a> => <a href="https://evil.test/"~>go to https://bank.test now [evil.test]</a>
H19 www: <a href="https://evil.test/">see www.bank.test/login</a> => <a href="https://evil.test/"~>see www.bank.test/login [evil.test]</a>
H19 hidden behind the true host: <a href="https://evil.test/?bank.test"><span class="invisible">https://evil.test/?</span>bank.test</a> => <a href="https://evil.test/?bank.test"~><span class="invisible">https://evil.test/?</span>bank.test [evil.test]</a>
H19 hidden two deep: <a href="https://evil.test/"><span class="invisible"><span>https://evil.test/</span></span><b>bank</b>.test</a> => <a href="https://evil.test/"~><span class="invisible"><span>https://evil.test/</span></span><b>bank</b>.test [evil.test]</a>
H19 all hidden, for those who do not hide: <a href="https://evil.test/"><span class="invisible">bank.test</span></a> => <a href="https://evil.test/"~><span class="invisible">bank.test</span> [evil.test]</a>
H19 put together from pieces: <a href="https://evil.test/">ba<b></b>nk<i>.</i><p></p>te&#115;t</a> => <a href="https://evil.test/"~>bank<i>.</i>test [evil.test]</a>
H19 characters of no width: <a href="https://evil.test/">ba⟨200B⟩nk.te&shy;st</a> => <a href="https://evil.test/"~>ba⟨200B⟩nk.te⟨AD⟩st [evil.test]</a>
H19 wide letters and another dot: <a href="https://evil.test/">ｂａｎｋ。test</a> => <a href="https://evil.test/"~>ｂａｎｋ。test [evil.test]</a>
H19 a wide scheme within a sentence: <a href="https://evil.test/">go to ｈｔｔｐｓ：／／bank.test now</a> => <a href="https://evil.test/"~>go to ｈｔｔｐｓ：／／bank.test now [evil.test]</a>
H19 a subdomain of the true host is another: <a href="https://evil.test/">bank.evil.test</a> => <a href="https://evil.test/"~>bank.evil.test [evil.test]</a>
H19 the true host as somebody's subdomain: <a href="https://bank.test.evil.test/">bank.test</a> => <a href="https://bank.test.evil.test/"~>bank.test [bank.test.evil.test]</a>
H19 a user name in the text: <a href="https://evil.test/">https://bank.test@evil.test/</a> => <a href="https://evil.test/"~>https://bank.test@evil.test/ [evil.test]</a>
H19 an IP address: <a href="https://evil.test:8443/">192.0.2.1</a> => <a href="https://evil.test:8443/"~>192.0.2.1 [evil.test:8443]</a>
H19 said already: <a href="https://evil.test/">bank.test [evil.test]</a> => <a href="https://evil.test/"~>bank.test [evil.test]</a>
H19 said where nobody sees it: <a href="https://evil.test/">bank.test<span class="invisible"> [evil.test]</span></a> => <a href="https://evil.test/"~>bank.test<span class="invisible"> [evil.test]</span> [evil.test]</a>
H19 an open link is told too: <p><a href="https://evil.test/">bank.test<p>x => <p><a href="https://evil.test/"~>bank.test [evil.test]</a></p><p>x</p>
H19 honest, as Mastodon shortens: <a href="https://www.a.test/b/c"~><span class="invisible">https://www.</span><span class="ellipsis">a.test/b</span><span class="invisible">/c</span></a> => =
H19 honest, with another URL in its path: <a href="https://web.archive.org/web/https://a.test/"~>https://web.archive.org/web/https://a.test/</a> => =
H19 honest, international: <a href="https://xn--bcher-kva.test/"~>bücher.test</a> => =
H19 words, versions and numbers are no hosts: <a href="https://a.test/">see e.g. v1.2</a><a href="https://a.test/">3.14</a> => <a href="https://a.test/"~>see e.g. v1.2</a><a href="https://a.test/"~>3.14</a>
H19 a handle is not a URL: <a href="https://web.a.test/@bob"~>@bob@a.test</a> => =
Mastodon's mention: <span class="h-card" translate="no"><a href="https://a.test/@bob" class="u-url mention">@<span>bob</span></a></span> => <span class="h-card"><a href="https://a.test/@bob" class="u-url mention"~>@<span>bob</span></a></span>
Mastodon's hashtag: <a href="https://a.test/tags/x" class="mention hashtag" rel="tag">#<span>x</span></a> => <a href="https://a.test/tags/x" class="mention hashtag" rel="tag nofollow noopener noreferrer" target="_blank">#<span>x</span></a>
Mastodon's quote: <p class="quote-inline">RE: <a href="https://a.test/1"~>a.test/1</a></p> => =
Pleroma's quote: x<span class="quote-inline"><br/><br/>RE: y</span> => x<span class="quote-inline"><br><br>RE: y</span>
Misskey's text: <p><span>a<br>b </span><i>c</i></p> => =
Lemmy's code: <pre><code>if (a &lt; b) {⟨A⟩  c();⟨A⟩}</code></pre> => =
WordPress' figure: <figure class="wp-block-image"><img src="https://a.test/1.jpg" alt="A cat"/><figcaption>Mine</figcaption></figure> => <p>A cat</p><p>Mine</p>
`
  .trim()
  .split("\n")
  .map(row);

export interface Vector {
  name: string;
  input: string;
  output: string;
}

function row(line: string): Vector {
  const [, name = "", input = "", output = ""] = /^(.*?): (.*) =>(?: (.*))?$/.exec(line) ?? [];
  return { name, input: spelled(input), output: spelled(output === "=" ? input : output) };
}

function spelled(text: string): string {
  return text
    .replaceAll("~>", ' rel="nofollow noopener noreferrer" target="_blank">')
    .replace(/⟨([0-9A-F]+)⟩/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
}
