/** The owner's newest posts for feed readers: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. One D1 call each. */
import { Hono } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { escapeHtml, plainText } from "../kernel/sanitise.ts";
import { places } from "../model/places.ts";
import { timeFromId, type Post } from "../model/post.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery, etagOf } from "../store/documents.ts";
import { publicPostsBefore } from "../store/posts.ts";
import type { Profile } from "../vocab/actor.ts";
import { document } from "./respond.ts";
import type { SteadEnv } from "./stead-env.ts";

const ENTRIES = 20;
const TITLE_MAX = 80;

interface Feed {
  readonly profile: Profile;
  /** The profile page. */
  readonly home: string;
  /** For everyone, newest first: those of the profile page and the outbox. */
  readonly posts: readonly Post[];
  /** RFC 3339; the same as long as nothing changes, so that the ETag is. */
  readonly updated: string;
}

const KINDS = {
  atom: { type: "application/atom+xml; charset=utf-8", write: atom },
  rss: { type: "application/rss+xml; charset=utf-8", write: rss },
  json: { type: "application/feed+json; charset=utf-8", write: json },
} as const;

export const feeds = new Hono<SteadEnv>();

for (const kind of ["atom", "rss", "json"] as const) {
  feeds.get(`/feed.${kind}`, async (c) => {
    const { type, write } = KINDS[kind];
    const body = write(await feedOf(c.var.ctx));
    const response = document(c, body, await etagOf(body), type);
    response.headers.set("access-control-allow-origin", "*");
    return response;
  });
}

async function feedOf({ db, stead }: Ctx): Promise<Feed> {
  const [[row], posts] = await db.batch([
    documentQuery(db, "profile"),
    publicPostsBefore(db, Number.MAX_SAFE_INTEGER, ENTRIES),
  ]);
  const profile = renderedProfile(row);
  const times = posts.map((post) => post.editedAt ?? timeFromId(post.id));
  return {
    profile,
    posts,
    home: places.profile(stead.origin, stead.handle),
    updated: rfc3339(Math.max(profile.claimedAt, ...times)),
  };
}

function atom({ profile, posts, home, updated }: Feed): string {
  const self = `${profile.origin}/feed.atom`;
  const entries = posts.map((post) => {
    const language = post.language === null ? "" : ` xml:lang="${xml(post.language)}"`;
    return `  <entry>
    <id>${xml(post.iri)}</id>
    <title>${xml(titleOf(post) ?? plainText(post.html, TITLE_MAX))}</title>
    <link rel="alternate" type="text/html" href="${xml(post.iri)}"/>
    <published>${rfc3339(timeFromId(post.id))}</published>
    <updated>${rfc3339(post.editedAt ?? timeFromId(post.id))}</updated>
    ${post.tags.map((tag) => `<category term="${xml(tag)}"/>`).join("")}
    <content type="html"${language}>${xml(post.html)}</content>
  </entry>
`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>${xml(self)}</id>
  <title>${xml(profile.name)}</title>
  <updated>${updated}</updated>
  <link rel="self" type="application/atom+xml" href="${xml(self)}"/>
  <link rel="alternate" type="text/html" href="${xml(home)}"/>
  <author><name>${xml(profile.name)}</name><uri>${xml(home)}</uri></author>
${profile.avatar ? `  <icon>${xml(profile.avatar.url)}</icon>\n` : ""}${entries.join("")}</feed>
`;
}

/** An item needs no title where it has a description. The year of `pubDate` has four digits (RSS 2.0). */
function rss({ profile, posts, home, updated }: Feed): string {
  const items = posts.map((post) => {
    const title = titleOf(post);
    return `    <item>
      <guid isPermaLink="true">${xml(post.iri)}</guid>
      <link>${xml(post.iri)}</link>
      ${title === null ? "" : `<title>${xml(title)}</title>`}
      <pubDate>${new Date(timeFromId(post.id)).toUTCString()}</pubDate>
      ${post.tags.map((tag) => `<category>${xml(tag)}</category>`).join("")}
      <description>${xml(post.html)}</description>
    </item>
`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>${xml(profile.name)}</title>
    <link>${xml(home)}</link>
    <description>${xml(`Public posts of @${profile.handle}@${profile.handleDomain}`)}</description>
    <lastBuildDate>${new Date(updated).toUTCString()}</lastBuildDate>
    <atom:link rel="self" type="application/rss+xml" href="${xml(`${profile.origin}/feed.rss`)}"/>
${items.join("")}  </channel>
</rss>
`;
}

function json({ profile, posts, home }: Feed): string {
  const { origin, name, handle, handleDomain, avatar } = profile;
  return JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: name,
    home_page_url: home,
    feed_url: `${origin}/feed.json`,
    description: `Public posts of @${handle}@${handleDomain}`,
    ...(avatar ? { icon: avatar.url } : {}),
    authors: [{ name, url: home, ...(avatar ? { avatar: avatar.url } : {}) }],
    items: posts.map((post) => {
      const title = titleOf(post);
      return {
        id: post.iri,
        url: post.iri,
        ...(title === null ? {} : { title }),
        content_html: post.html,
        date_published: rfc3339(timeFromId(post.id)),
        ...(post.editedAt === null ? {} : { date_modified: rfc3339(post.editedAt) }),
        ...(post.tags.length === 0 ? {} : { tags: post.tags }),
        ...(post.language === null ? {} : { language: post.language }),
      };
    }),
  });
}

/** A content warning stands in front, as it does on the page; most posts have no title. */
const titleOf = (post: Post): string | null => post.summary || post.title || null;

const rfc3339 = (at: number): string => new Date(at).toISOString();

/** Text or HTML as text of XML 1.0, which has no U+FFFE and U+FFFF; what else it lacks `escapeHtml` takes out. */
const xml = (text: string): string => escapeHtml(text).replace(/[\ufffe\uffff]/g, "");
