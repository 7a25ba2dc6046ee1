/** Where other servers send the owner who clicked "follow" or "reply" there: WebFinger's subscribe template points here. */
import { Hono } from "hono";
import type { Context } from "hono";

import type { Iri } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";
import type { Peer } from "../model/peer.ts";
import { knowPeer } from "../owner/know-peer.ts";
import { renderedProfile } from "../owner/render.ts";
import { fetchPost, POST_SIGNATURES, Unreachable } from "../peers/fetch-post.ts";
import { documentQuery } from "../store/documents.ts";
import { findFollowing } from "../store/following.ts";
import { findPost, postWithAuthor } from "../store/posts.ts";
import { page } from "./layout.tsx";
import { Html, Initial, Person } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

export const interactPage = new Hono<WebEnv>();

interactPage.get("/authorize_interaction", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const asked = (c.req.query("uri") ?? "").trim();
  if (asked === "")
    return problemPage(400, "No account was named.", <a href="/following">Follow somebody</a>);
  const iri = parseIri(asked);
  if (iri?.startsWith(`${ctx.stead.origin}/`)) return seeOther(new URL(iri).pathname);
  const held = iri && (await findPost(ctx.db, iri));
  if (held) return postPage(c, held.id);
  const known = await knowPeer(ctx, asked);
  if (known.kind === "known") return accountPage(c, known.peer);
  const post = iri && (await postAt(c, iri));
  return post
    ? postPage(c, post)
    : problemPage(404, known.problem, <a href="/following">Follow somebody else</a>);
});

/** The number of the post there; null when there is none, or too much was asked of its server already. */
async function postAt(c: Context<WebEnv>, iri: Iri): Promise<number | null> {
  const { ctx } = c.var;
  if (ctx.meter.signatures + POST_SIGNATURES > ctx.settings.signatures) return null;
  const post = await fetchPost(ctx, iri);
  return post === null || post instanceof Unreachable ? null : post.id;
}

async function accountPage(c: Context<WebEnv>, peer: Peer): Promise<Response> {
  const { ctx } = c.var;
  const following = await findFollowing(ctx.db, peer.id);
  return page({
    title: `Follow ${peer.name || peer.username}`,
    owner: { ctx, path: "" },
    body: (
      <>
        <h1>Follow this account?</h1>
        <div class="card">
          <div class="person">
            <Initial name={peer.name || peer.username} />
            <div class="who">
              <Person peer={peer} />
            </div>
          </div>
          <Html html={peer.summary} />
          {following ? (
            <p class="soft">
              {following.state === "accepted" ? "You follow them." : "You have asked to follow them."}
            </p>
          ) : (
            <form method="post" action="/following">
              <input type="hidden" name="handle" value={peer.iri} />
              <button>Follow</button>
            </form>
          )}
        </div>
      </>
    ),
  });
}

async function postPage(c: Context<WebEnv>, id: number): Promise<Response> {
  const { ctx } = c.var;
  const [[document], [row]] = await ctx.db.batch([
    documentQuery(ctx.db, "profile"),
    postWithAuthor(ctx.db, id),
  ]);
  if (!row) return problemPage(404, "This post is no longer here.", "");
  return page({
    title: "Answer this post?",
    owner: { ctx, path: "" },
    body: (
      <>
        <h1>Answer this post?</h1>
        <PostView {...row} profile={renderedProfile(document)} mine />
      </>
    ),
  });
}
