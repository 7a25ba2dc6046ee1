/** What others did that concerns the owner, newest first. Who came through an arrival window is one notice together. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { plainText } from "../kernel/sanitise.ts";
import type { Peer } from "../model/peer.ts";
import { timeFromId, type Post } from "../model/post.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { followerLogQuery, waitingRequests } from "../store/followers.ts";
import { followersBetween, newestWindows } from "../store/ledger.ts";
import { newestReports } from "../store/notices.ts";
import { mentionsBefore, recentReactions } from "../store/posts.ts";
import type { ArrivalWindow } from "../store/windows.ts";
import { page } from "./layout.tsx";
import { number } from "./move-parts.tsx";
import { Initial, NEWEST, Person, When } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

/** Of each kind; as many of all together are sure to be the newest. */
const SHOWN = 40;
/** Windows whose arrivals are told together. */
const WINDOWS = 5;

export const noticesPage = new Hono<WebEnv>();

noticesPage.get("/notifications", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const { db } = ctx;
  const [[document], mentions, reactions, reports, requests, windows, [log]] = await db.batch([
    documentQuery(db, "profile"),
    mentionsBefore(db, NEWEST, SHOWN),
    recentReactions(db, SHOWN),
    newestReports(db, SHOWN),
    waitingRequests(db, SHOWN),
    newestWindows(db, WINDOWS),
    followerLogQuery(db),
  ]);
  const { alone, together } = await arrivals(db, windows, log?.arrived ?? 0);
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
    ...alone.map(({ follower, peer }) => notice(follower.since, peer, "follows you")),
    ...together.map(folded),
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

/**
 * The newest followers who came by themselves, and how many came in each window. 1 D1 call; reads no more of a window than its newest,
 * however many came.
 */
async function arrivals(db: Db, windows: readonly ArrivalWindow[], arrived: number) {
  const ends = windows.map(({ logAfter }) => logAfter ?? NEWEST);
  const gaps = [NEWEST, ...windows.map(({ logBefore }) => logBefore)].map((to, n) => ({
    after: ends[n] ?? 0,
    to,
  }));
  const [first, ...rest] = await db.batch([
    followersBetween(db, gaps[0]!.after, gaps[0]!.to, SHOWN),
    ...gaps.slice(1).map(({ after, to }) => followersBetween(db, after, to, SHOWN)),
    ...windows.map(({ logBefore }, n) => followersBetween(db, logBefore, ends[n]!, 1)),
  ]);
  const newest = rest.slice(windows.length);
  return {
    alone: [...first, ...rest.slice(0, windows.length).flat()],
    together: windows.flatMap((window, n) => {
      const count = (window.arrivedAfter ?? arrived) - window.arrivedBefore;
      const at = newest[n]?.[0]?.follower.since ?? window.closedAt ?? window.openedAt;
      return count > 0 ? [{ count, at }] : [];
    }),
  };
}

function folded({ count, at }: { count: number; at: UnixMs }) {
  const item = (
    <p>
      <a href="/move/arrivals">
        {count === 1
          ? "1 person followed after your move"
          : `${number(count)} people followed after your move`}
      </a>
      <br />
      <span class="soft small">
        <When at={at} />
      </span>
    </p>
  );
  return { at, item };
}

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
