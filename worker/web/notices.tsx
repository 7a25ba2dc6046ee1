/** What others did that concerns the owner, newest first. Who came through an arrival window is one notice together. */
import { Hono } from "hono";
import type { Child } from "hono/jsx";

import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { plainText } from "../kernel/sanitise.ts";
import type { NoticeKind } from "../model/notification.ts";
import type { Peer } from "../model/peer.ts";
import type { Post } from "../model/post.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { notificationRows, reportsById, type NotificationRow } from "../store/notifications.ts";
import { postsById } from "../store/posts.ts";
import type { Profile } from "../vocab/actor.ts";
import { page } from "./layout.tsx";
import { number } from "./move-parts.tsx";
import { Initial, NEWEST, Person, When } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

const SHOWN = 40;
const KINDS: ReadonlySet<NoticeKind> = new Set([
  "mention",
  "post",
  "like",
  "boost",
  "follow",
  "arrivals",
  "request",
  "poll",
  "report",
]);

export const noticesPage = new Hono<WebEnv>();

noticesPage.get("/notifications", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const rows = await newest(ctx);
  const [[document], posts, reports] = await ctx.db.batch([
    documentQuery(ctx.db, "profile"),
    postsById(
      ctx.db,
      rows.flatMap(({ post }) => post ?? []),
    ),
    reportsById(
      ctx.db,
      rows.flatMap(({ kind, ref }) => (kind === "report" && ref !== null ? [ref] : [])),
    ),
  ]);
  const profile = renderedProfile(document);
  return page({
    title: "Notifications",
    owner: { ctx, path: "/notifications" },
    body: (
      <>
        <h1>Notifications</h1>
        {rows.length === 0 && <p class="soft">Nothing yet.</p>}
        <ul class="list">
          {rows.map((row) => (
            <li>
              <Notice
                row={row}
                post={posts.find(({ id }) => id === row.post) ?? null}
                report={reports.find(({ id }) => row.kind === "report" && id === row.ref) ?? null}
                profile={profile}
              />
            </li>
          ))}
        </ul>
      </>
    ),
  });
});

/** The newest of every kind, as apps have them. 1 D1 statement. */
function newest(ctx: Ctx): Promise<NotificationRow[]> {
  const span = { before: NEWEST, after: -1, oldestFirst: false, limit: SHOWN };
  const search = {
    kinds: KINDS,
    grouped: new Set<NoticeKind>(),
    peer: null,
    group: null,
    span,
    now: ctx.clock(),
  };
  return notificationRows(ctx.db, { ...search, filtered: "without" }).execute();
}

interface NoticeProps {
  readonly row: NotificationRow;
  readonly post: Post | null;
  readonly report: { text: string; objects: readonly string[] } | null;
  readonly profile: Profile;
}

function Notice({ row, post, report, profile }: NoticeProps) {
  const { kind, at, peer, emoji, count } = row;
  // Nothing else of the owner's own is told them.
  if (!peer) return <OwnPoll post={post} at={at} />;
  const told = (what: string, more: Child = null) => <Told at={at} peer={peer} what={what} more={more} />;
  switch (kind) {
    case "mention":
    case "post":
      return post && <PostView post={post} peer={peer} profile={profile} mine />;
    case "boost":
      return told("boosted", <Mine post={post} />);
    case "like":
      return told(emoji ? `reacted with ${emoji} to` : "liked", <Mine post={post} />);
    case "follow":
      return told("follows you");
    case "arrivals":
      return <Arrivals count={count} at={at} />;
    case "request":
      return told("asks to follow you:", <a href="/followers">answer them</a>);
    case "poll":
      return told("has the result of a poll:", <Mine post={post} />);
    case "report":
      return told("reports you:", <Report text={report?.text ?? ""} objects={report?.objects ?? []} />);
  }
}

function OwnPoll({ post, at }: { post: Post | null; at: UnixMs }) {
  return (
    <p>
      Your poll is over: <Mine post={post} />
      <br />
      <span class="soft small">
        <When at={at} />
      </span>
    </p>
  );
}

function Arrivals({ count, at }: { count: number; at: UnixMs }) {
  return (
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
}

interface ToldProps {
  readonly at: UnixMs;
  readonly peer: Peer;
  readonly what: string;
  readonly more: Child;
}

function Told({ at, peer, what, more }: ToldProps) {
  return (
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
}

function Mine({ post }: { post: Post | null }) {
  if (!post) return <>your post</>;
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
