/** What others did that concerns the owner, newest first. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";

import type { UnixMs } from "../kernel/brand.ts";
import { plainText } from "../kernel/sanitise.ts";
import type { Peer } from "../model/peer.ts";
import { timeFromId, type Post } from "../model/post.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { newestFollowers, waitingRequests } from "../store/followers.ts";
import { newestReports } from "../store/notices.ts";
import { mentionsBefore, recentReactions } from "../store/posts.ts";
import { page } from "./layout.tsx";
import { Initial, NEWEST, Person, When } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

/** Of each kind; as many of all together are sure to be the newest. */
const SHOWN = 40;

export const noticesPage = new Hono<WebEnv>();

noticesPage.get("/notifications", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const { db } = ctx;
  const [[document], mentions, reactions, followers, reports, requests] = await db.batch([
    documentQuery(db, "profile"),
    mentionsBefore(db, NEWEST, SHOWN),
    recentReactions(db, SHOWN),
    newestFollowers(db, NEWEST, SHOWN),
    newestReports(db, SHOWN),
    waitingRequests(db, SHOWN),
  ]);
  const profile = renderedProfile(document);
  const notices = [
    ...mentions
      .filter(({ peer }) => peer.blockedAt === null)
      .map(({ post, peer }) => ({
        at: timeFromId(post.id),
        item: <PostView post={post} peer={peer} profile={profile} mine />,
      })),
    ...reactions.map(({ reaction: { at, kind, emoji }, peer, post }) =>
      notice(
        at,
        peer,
        kind === "boost" ? "boosted" : emoji ? `reacted with ${emoji} to` : "liked",
        <Mine post={post} />,
      ),
    ),
    ...followers.map(({ follower, peer }) => notice(follower.since, peer, "follows you")),
    ...requests.map(({ request, peer }) =>
      notice(request.receivedAt, peer, "asks to follow you:", <a href="/followers">answer them</a>),
    ),
    ...reports.map(({ report, peer }) =>
      notice(
        timeFromId(report.id),
        peer,
        "reports you:",
        <Report text={report.text} objects={report.objects} />,
      ),
    ),
  ];
  const newest = notices.toSorted((a, b) => b.at - a.at).slice(0, SHOWN);
  return page({
    title: "Notifications",
    owner: { ctx, path: "/notifications" },
    body: (
      <>
        <h1>Notifications</h1>
        {newest.length === 0 && <p class="soft">Nothing yet.</p>}
        <ul class="list">
          {newest.map(({ item }) => (
            <li>{item}</li>
          ))}
        </ul>
      </>
    ),
  });
});

function notice(at: UnixMs, peer: Peer, what: string, more: Child = null) {
  const item = (
    <div class="person">
      <Initial name={peer.name || peer.username} />
      <div class="who">
        <Person peer={peer} />
        <p>
          {what} {more}
          <br />
          <span class="soft small">
            <When at={at} />
          </span>
        </p>
      </div>
    </div>
  );
  return { at, item };
}

function Mine({ post }: { post: Post }) {
  return <a href={`/posts/${post.id}`}>{post.summary || plainText(post.html, 100) || "your post"}</a>;
}

function Report({ text, objects }: { text: string; objects: readonly string[] }) {
  return (
    <>
      {text !== "" && `${text} `}
      <span class="soft small">{`(${objects.join(", ")})`}</span>
    </>
  );
}
