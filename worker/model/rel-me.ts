/** Whether a page says that the owner's profile is its author's: a link with rel="me" (microformats), as Mastodon checks it. Pure. */
import { tagsIn, wordsOf } from "./html-tags.ts";

const LINKS: ReadonlySet<string> = new Set(["a", "link"]);

/** `page`: where the HTML came from, for relative links. `profiles`: addresses of the profile, any of which will do. */
export function linksBack(html: string, page: string, profiles: readonly string[]): boolean {
  const wanted = new Set(profiles.map((profile) => spelled(profile, page)));
  for (const tag of tagsIn(html, LINKS)) {
    if (!wordsOf(tag, "rel").includes("me")) continue;
    const href = spelled(tag.attributes.get("href") ?? "", page);
    if (href !== null && wanted.has(href)) return true;
  }
  return false;
}

/** One spelling of an address: without fragment, slash at its end, and the difference of case, as handles have none. */
function spelled(href: string, base: string): string | null {
  const url = href.trim() === "" ? null : URL.parse(href.trim(), base);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
  url.hash = "";
  return url.href.toLowerCase().replace(/\/$/, "");
}

/** The link that a field of the profile is, and nothing else in it; null: it is none that can be checked. */
export function linkInField(value: string): string | null {
  const text = value.trim();
  if (!/^https:\/\/[^\s<>"\\]+$/i.test(text)) return null;
  const url = URL.parse(text);
  return url && url.username === "" && url.password === "" ? text : null;
}
