/** One post of the owner's, with the answers everybody may read. */
import { Hono } from "hono";

import { plainText } from "../kernel/sanitise.ts";
import { canSee } from "../model/audience.ts";
import { OWNER } from "../model/post.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { openAnswersTo, postQuery } from "../store/posts.ts";
import { page } from "./layout.tsx";
import { idIn } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { problemPage } from "./problem.tsx";
import { OpenGraph } from "./public.tsx";
import { sessionOf, type WebEnv } from "./session.ts";

const ANSWERS_MAX = 100;

export const postPage = new Hono<WebEnv>();

/** What one may not see is not there; what was deleted is gone, and says so (ActivityPub §6.4). One D1 call for a visitor. */
postPage.get("/posts/:id", async (c, next) => {
  const id = idIn(c.req.param("id"));
  if (id === null) return next();
  const { ctx } = c.var;
  const [[document], [post], answers] = await ctx.db.batch([
    documentQuery(ctx.db, "profile"),
    postQuery(ctx.db, id),
    openAnswersTo(ctx.db, id, ANSWERS_MAX),
  ]);
  const mine = (await sessionOf(c)) !== null;
  if (!post || post.author !== OWNER || !canSee({ kind: mine ? "owner" : "anonymous" }, post)) return next();
  if (post.deletedAt !== null) return problemPage(410, "This post was deleted.", <a href="/">All posts</a>);
  const profile = renderedProfile(document);
  const excerpt = post.summary || plainText(post.html, 80);
  return page({
    title: `${profile.name}: ${excerpt}`,
    open: canSee({ kind: "anonymous" }, post),
    ...(mine ? { owner: { ctx, path: "" } } : {}),
    head: (
      <>
        <link rel="canonical" href={post.iri} />
        <link rel="alternate" type="application/activity+json" href={post.iri} />
        <OpenGraph
          type="article"
          title={profile.name}
          about={post.summary || plainText(post.html, 200)}
          url={post.iri}
          profile={profile}
        />
      </>
    ),
    body: (
      <>
        <h1 class="vh">{`Post by ${profile.name}`}</h1>
        <PostView post={post} peer={null} profile={profile} mine={mine} large />
        {answers.length > 0 && <h2>Answers</h2>}
        {answers.map((answer) => (
          <PostView {...answer} profile={profile} mine={mine} deep />
        ))}
      </>
    ),
  });
});
