/**
 * The judge of what we let out: knows only what may come out, reads it letter by letter, and forgives
 * nothing.
 */

const CLASS = (names: string): string => `(?: class="(?:${names})(?: (?:${names}))*")?`;
const ATTRIBUTES: Record<string, RegExp> = {
  a: new RegExp(
    `^ href="https?://(?:[^\\s"'<>&\\\\]|&amp;|&quot;|&#39;|&lt;|&gt;)+"${CLASS("mention|hashtag|u-url")}` +
      ` rel="(?:tag )?nofollow noopener noreferrer" target="_blank"$`,
    "i",
  ),
  ol: /^(?: start="-?\d+")?(?: reversed="")?$/,
  li: /^(?: value="-?\d+")?$/,
  p: new RegExp(`^${CLASS("quote-inline")}$`),
  span: new RegExp(`^${CLASS("h-card|mention|invisible|ellipsis|quote-inline")}$`),
};
const PLAIN = "b blockquote code del em h1 h2 h3 h4 h5 h6 i pre rp rt ruby s strong sub sup u ul".split(" ");

/**
 * Null when the HTML is ours: listed tags and attributes, all closed in order, no link in a link. Else what
 * is wrong, and where.
 */
export function problemOf(html: string): string | null {
  const open: string[] = [];
  const part = /(?:[^<>&"'\0-\x08\x0b-\x1f\x7f-\x9f]|&(?:amp|lt|gt|quot|#39);)+|<(\/?)([a-z0-9]+)([^<>]*)>/y;
  while (part.lastIndex < html.length) {
    const at = part.lastIndex;
    const match = part.exec(html);
    const wrong = match === null ? "neither text nor tag" : tagProblem(match, open);
    if (wrong !== null) return `${wrong} at ${at}: ${html.slice(at, at + 60)}`;
  }
  return open.length === 0 ? null : `open at the end: ${open.join(" ")}`;
}

function tagProblem([, slash, name, attributes = ""]: RegExpExecArray, open: string[]): string | null {
  if (name === undefined) return null;
  if (slash) return open.pop() === name && attributes === "" ? null : "end tag out of order";
  if (name === "br" || name === "hr") return attributes === "" ? null : "attributes on a leaf";
  if (name === "a" && open.includes("a")) return "link in a link";
  const allowed = ATTRIBUTES[name] ?? (PLAIN.includes(name) ? /^$/ : null);
  if (allowed === null) return "tag not on the list";
  if (!allowed.test(attributes)) return "attributes not on the list";
  return open.push(name) > 32 ? "too deep" : null;
}

/**
 * The tags and attributes that a browser's parser (workerd's own) finds in it: `a[href]`, `b`. A second,
 * independent opinion.
 */
export async function browserSees(html: string): Promise<string[]> {
  const seen = new Set<string>();
  const rewriter = new HTMLRewriter().on("*", {
    element({ tagName, attributes }) {
      seen.add(tagName);
      for (const [name = ""] of attributes) seen.add(`${tagName}[${name}]`);
    },
    comments: () => void seen.add("comment"),
  });
  await rewriter.transform(new Response(html)).text();
  return [...seen].sort();
}
