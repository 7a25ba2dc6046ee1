/** What everybody sees: the owner's profile with their newest posts, and their posts with a hashtag. One D1 call a visit. */
import { Hono } from "hono";
import type { Context } from "hono";
import type { Child } from "hono/jsx";

import { plainText } from "../kernel/sanitise.ts";
import { places } from "../model/places.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { followerLogQuery } from "../store/followers.ts";
import { openPostsTagged, publicPostsBefore } from "../store/posts.ts";
import type { Profile } from "../vocab/actor.ts";
import { page } from "./layout.tsx";
import { cursorIn, Html, pageOf, Pages, When } from "./parts.tsx";
import { pathOf } from "./post-files.tsx";
import { Face, PostView } from "./post-view.tsx";
import { sessionOf, type WebEnv } from "./session.ts";

const PAGE = 20;

export const publicPages = new Hono<WebEnv>();

publicPages.get("/", (c) => profilePage(c));

publicPages.get("/:at{@[^/]+}", (c, next) => {
  const same = c.req.param("at").toLowerCase() === `@${c.var.ctx.stead.handle.toLowerCase()}`;
  return same ? profilePage(c) : next();
});

async function profilePage(c: Context<WebEnv>): Promise<Response> {
  const { ctx } = c.var;
  const before = cursorIn(c.req.query("before"));
  const [[document], [log], rows] = await ctx.db.batch([
    documentQuery(ctx.db, "profile"),
    followerLogQuery(ctx.db),
    publicPostsBefore(ctx.db, before, PAGE + 1),
  ]);
  const profile = renderedProfile(document);
  const mine = (await sessionOf(c)) !== null;
  const { shown, next } = pageOf(rows, PAGE, (post) => post.id);
  return page({
    title: `${profile.name} (@${profile.handle}@${profile.handleDomain})`,
    open: true,
    ...(mine ? { owner: { ctx, path: "/" } } : {}),
    head: <ProfileHead profile={profile} />,
    body: (
      <>
        <ProfileCard profile={profile} followers={log?.count ?? 0} mine={mine} />
        <section class="posts" aria-label="Posts">
          {shown.map((post) => (
            <PostView post={post} peer={null} profile={profile} mine={mine} />
          ))}
          {shown.length === 0 && <p class="soft">No public posts yet.</p>}
        </section>
        <Pages path="/" before={before} next={next} />
      </>
    ),
  });
}

function ProfileCard(props: { profile: Profile; followers: number; mine: boolean }) {
  const { profile, followers, mine } = props;
  return (
    <header class="profile">
      {profile.header && <img class="banner" src={pathOf(profile.header.url)} alt="" />}
      <Face profile={profile} />
      <h1 dir="auto">{profile.name}</h1>
      <p>
        <span class="handle">
          @{profile.handle}@{profile.handleDomain}
        </span>
        <br />
        <span class="soft small">
          {followers === 1 ? "1 follower" : `${followers} followers`}
          {profile.locked && " · approves followers by hand"}
        </span>
      </p>
      {profile.movedTo && (
        <p class="note">
          {"This account has moved to "}
          <a href={profile.movedTo}>{profile.movedTo}</a>.
        </p>
      )}
      {profile.bio !== "" && <Html html={profile.bio} />}
      {profile.fields.length > 0 && (
        <dl class="fields">
          {profile.fields.map(({ name, value, verifiedAt }) => (
            <>
              <dt dir="auto">{name}</dt>
              <dd>
                <Html html={value} />
                {verifiedAt && (
                  <span class="small">
                    {"✓ This page links back, seen since "}
                    <When at={verifiedAt} />
                  </span>
                )}
              </dd>
            </>
          ))}
        </dl>
      )}
      {!profile.movedTo && (
        <p>
          <a class={mine ? "button quiet" : "button"} href="/follow">
            {mine ? "How others follow you" : "Follow"}
          </a>
        </p>
      )}
    </header>
  );
}

function ProfileHead({ profile }: { profile: Profile }) {
  return (
    <>
      <link rel="canonical" href={places.profile(profile.origin, profile.handle)} />
      <link rel="alternate" type="application/activity+json" href={profile.actor} />
      <link rel="alternate" type="application/atom+xml" title="Atom" href="/feed.atom" />
      <link rel="alternate" type="application/rss+xml" title="RSS" href="/feed.rss" />
      <link rel="alternate" type="application/feed+json" title="JSON Feed" href="/feed.json" />
      <OpenGraph
        type="profile"
        title={profile.name}
        about={plainText(profile.bio, 200)}
        url={places.profile(profile.origin, profile.handle)}
        profile={profile}
      />
    </>
  );
}

/** What a link to a page of ours shows elsewhere (ogp.me), and who wrote it (Mastodon's `fediverse:creator`). */
export function OpenGraph(props: {
  type: string;
  title: string;
  about: string;
  url: string;
  profile: Profile;
}): Child {
  const { type, title, about, url, profile } = props;
  const facts = {
    "og:type": type,
    "og:title": title,
    "og:url": url,
    "og:site_name": `@${profile.handle}@${profile.handleDomain}`,
    ...(about === "" ? {} : { "og:description": about }),
    ...(profile.avatar ? { "og:image": profile.avatar.url } : {}),
  };
  return (
    <>
      {about !== "" && <meta name="description" content={about} />}
      <meta name="fediverse:creator" content={`@${profile.handle}@${profile.handleDomain}`} />
      {Object.entries(facts).map(([property, content]) => (
        <meta property={property} content={content} />
      ))}
    </>
  );
}

publicPages.get("/tags/:tag", async (c) => {
  const { ctx } = c.var;
  const tag = c.req.param("tag");
  const before = cursorIn(c.req.query("before"));
  const [[document], rows] = await ctx.db.batch([
    documentQuery(ctx.db, "profile"),
    openPostsTagged(ctx.db, tag, before, PAGE + 1),
  ]);
  const profile = renderedProfile(document);
  const { shown, next } = pageOf(rows, PAGE, (post) => post.id);
  return page({
    title: `#${tag}`,
    status: shown.length === 0 ? 404 : 200,
    open: true,
    body: (
      <>
        <h1 dir="auto">#{tag}</h1>
        <p class="soft">
          Posts of <a href="/">{profile.name}</a> with this hashtag.
        </p>
        <section class="posts" aria-label="Posts">
          {shown.map((post) => (
            <PostView post={post} peer={null} profile={profile} />
          ))}
          {shown.length === 0 && <p>There are none.</p>}
        </section>
        <Pages path={`/tags/${encodeURIComponent(tag)}`} before={before} next={next} />
      </>
    ),
  });
});
