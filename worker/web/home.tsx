/** What the owner sees first: a place to write, and what those they follow have said. */
import { Hono } from "hono";

import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { homeBefore } from "../store/posts.ts";
import { blank, ComposeForm } from "./compose-form.tsx";
import { page } from "./layout.tsx";
import { cursorIn, NEWEST, pageOf, Pages } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { ownerOnly, type WebEnv } from "./session.ts";

const PAGE = 20;

export const homePage = new Hono<WebEnv>();

homePage.get("/home", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const before = cursorIn(c.req.query("before"));
  const [[document], rows] = await ctx.db.batch([
    documentQuery(ctx.db, "profile"),
    homeBefore(ctx.db, before, PAGE + 1),
  ]);
  const profile = renderedProfile(document);
  const { shown, next } = pageOf(rows, PAGE, ({ post }) => post.id);
  return page({
    title: "Home",
    owner: { ctx, path: "/home" },
    body: (
      <>
        <h1>Home</h1>
        <Unfound handles={c.req.query("unfound")} />
        {before === NEWEST && (
          <ComposeForm action="/posts" typed={blank(c)} pictures={ctx.ports.media !== null} />
        )}
        <section class="posts" aria-label="Posts">
          {shown.map(({ post, peer }) => (
            <PostView post={post} peer={peer} profile={profile} mine />
          ))}
          {shown.length === 0 && (
            <p class="soft">
              Nothing here yet. Say something, or <a href="/following">follow somebody</a>.
            </p>
          )}
        </section>
        <Pages path="/home" before={before} next={next} />
      </>
    ),
  });
});

/** The post was sent, but not to these. Only what looks like handles is shown: anybody can make a link to this page. */
function Unfound({ handles }: { handles: string | undefined }) {
  const shown = (handles ?? "").split(",").filter((handle) => /^[\w.-]{1,64}@[\w.:-]{1,253}$/.test(handle));
  if (shown.length === 0) return null;
  return (
    <p class="problem" role="status">
      {`Posted. These could not be found and were not told of it: ${shown.join(", ")}.`}
    </p>
  );
}
