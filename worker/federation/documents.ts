/** The owner's actor and posts, as machines read them. */
import { Hono } from "hono";

import { places } from "../model/places.ts";
import { etagOf, loadDocument } from "../store/documents.ts";
import { activity, document, wantsActivity } from "./respond.ts";
import type { SteadEnv } from "./stead-env.ts";
import { visiblePost } from "./visible.ts";

export const documents = new Hono<SteadEnv>();

/** Whatever the query string: Pixelfed appends `?cb=` to get past caches. Unsigned for everybody: two secure-mode servers would wait for each other's key. */
documents.get("/actor", async (c, next) => {
  const { ctx } = c.var;
  if (!wantsActivity(c) && c.req.header("accept")?.includes("text/html")) {
    return c.redirect(places.profile(ctx.stead.origin, ctx.stead.handle), 302);
  }
  const stored = await loadDocument(ctx.db, "actor");
  return stored ? document(c, stored.body, stored.etag) : next();
});

/** The profile page is the actor as well, for those who ask it as a machine. */
documents.get("/:at{@[^/]+}", async (c, next) => {
  if (!wantsActivity(c) || c.req.param("at") !== `@${c.var.ctx.stead.handle}`) return next();
  const stored = await loadDocument(c.var.ctx.db, "actor");
  return stored ? document(c, stored.body, stored.etag) : next();
});

/** 410 with the Tombstone after a deletion (ActivityPub §6.4). What one may not see is 404, as if it were not there. */
documents.get("/posts/:id", async (c, next) => {
  if (!wantsActivity(c) && c.req.header("accept")?.includes("text/html")) return next();
  const post = await visiblePost(c);
  if (!post?.document) return c.notFound();
  const open = post.visibility === "public" || post.visibility === "quiet";
  if (post.deletedAt !== null) {
    const gone = activity(JSON.parse(post.document), open);
    return new Response(gone.body, { status: 410, headers: gone.headers });
  }
  return open
    ? document(c, post.document, await etagOf(post.document))
    : activity(JSON.parse(post.document), false);
});
