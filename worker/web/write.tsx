/** Writing, answering, editing and deleting a post. */
import { Hono } from "hono";
import type { Context } from "hono";

import { cleanText } from "../kernel/html-text.ts";
import { findMentions } from "../model/compose.ts";
import { OWNER, type Post } from "../model/post.ts";
import type { Peer } from "../model/peer.ts";
import { renderedProfile } from "../owner/render.ts";
import { deletePost } from "../owner/delete-post.ts";
import { editPost } from "../owner/edit-post.ts";
import { publish } from "../owner/publish.ts";
import { TEXT_MAX } from "../owner/draft.ts";
import type { Profile } from "../vocab/actor.ts";
import { documentQuery } from "../store/documents.ts";
import { postById, postWithAuthor } from "../store/posts.ts";
import { readPost, sentIn } from "./compose-files.tsx";
import { answerTo, blank, ComposeForm, draftOf, typedIn, type Typed } from "./compose-form.tsx";
import { page } from "./layout.tsx";
import { idIn } from "./parts.tsx";
import { PostView } from "./post-view.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

export const writePages = new Hono<WebEnv>();

writePages.get("/write", ownerOnly, async (c) => {
  const { stead } = c.var.ctx;
  const replyTo = idIn(c.req.query("reply"));
  const answered = replyTo === null ? null : await answeredPost(c, replyTo);
  if (replyTo !== null && !answered) return noSuchPost();
  const typed = answered ? answerTo(c, answered.post, answered.peer, stead.actor) : shared(c);
  return writePage(c, answered, typed);
});

writePages.post("/posts", ownerOnly, async (c) => {
  const read = await readPost(c.var.ctx, c.req.raw);
  if (read instanceof Response) return read;
  const typed = typedIn(read.form, c.var.ctx.stead.origin, read.sent);
  const draft = read.problem ?? toNobody(typed) ?? draftOf(typed);
  const published =
    typeof draft === "string"
      ? ({ kind: "invalid", problem: draft } as const)
      : await publish(c.var.ctx, draft);
  if (published.kind === "invalid") {
    const answered = typed.replyTo === null ? null : await answeredPost(c, typed.replyTo);
    return writePage(c, answered, typed, published.problem);
  }
  return seeOther(`/home${unfound(published.unresolved)}`);
});

/** A note to oneself is made in apps; in this form it is a slip. An audience that can not be read is direct, too. */
function toNobody({ text, visibility, replyTo }: Typed): string | null {
  const nobody = visibility === "direct" && replyTo === null && findMentions(text).length === 0;
  return nobody ? "A direct post needs at least one @user@host." : null;
}

writePages.get("/posts/:id/edit", ownerOnly, async (c) => {
  const post = await ownPost(c);
  if (!post) return noSuchPost();
  const { source, summary, visibility, replyTo } = post;
  const [text, language, files] = [source ?? "", post.language ?? "", sentIn(post.attachments)];
  return editPage(c, post.id, { text, summary, visibility, language, replyTo, files });
});

writePages.post("/posts/:id/edit", ownerOnly, async (c) => {
  const id = idIn(c.req.param("id"));
  if (id === null) return noSuchPost();
  const read = await readPost(c.var.ctx, c.req.raw);
  if (read instanceof Response) return read;
  const typed = typedIn(read.form, c.var.ctx.stead.origin, read.sent);
  const draft = read.problem ?? draftOf(typed);
  const edited =
    typeof draft === "string"
      ? ({ kind: "invalid", problem: draft } as const)
      : await editPost(c.var.ctx, id, draft);
  if (edited.kind === "invalid") return editPage(c, id, typed, edited.problem);
  return seeOther(edited.unresolved.length === 0 ? `/posts/${id}` : `/home${unfound(edited.unresolved)}`);
});

writePages.post("/posts/:id/delete", ownerOnly, async (c) => {
  const id = idIn(c.req.param("id"));
  if (id === null || !(await deletePost(c.var.ctx, id))) return noSuchPost();
  return seeOther("/home");
});

/** With what was shared from elsewhere already in it. */
const shared = (c: Context<WebEnv>): Typed => ({
  ...blank(c),
  text: cleanText(c.req.query("text") ?? "").slice(0, TEXT_MAX),
});

const unfound = (handles: readonly string[]): string =>
  handles.length === 0 ? "" : `?unfound=${encodeURIComponent(handles.slice(0, 20).join(","))}`;

const noSuchPost = (): Response =>
  problemPage(404, "This post is no longer here.", <a href="/home">Back to your home page</a>);

async function ownPost(c: Context<WebEnv>): Promise<Post | null> {
  const id = idIn(c.req.param("id"));
  const post = id === null ? null : await postById(c.var.ctx.db, id);
  return post && post.author === OWNER && post.deletedAt === null ? post : null;
}

interface Answered {
  readonly post: Post;
  readonly peer: Peer | null;
  readonly profile: Profile;
}

async function answeredPost(c: Context<WebEnv>, id: number): Promise<Answered | null> {
  const { db } = c.var.ctx;
  const [[document], [row]] = await db.batch([documentQuery(db, "profile"), postWithAuthor(db, id)]);
  return row && row.post.deletedAt === null ? { ...row, profile: renderedProfile(document) } : null;
}

function writePage(
  c: Context<WebEnv>,
  answered: Answered | null,
  typed: Typed,
  problem: string | null = null,
) {
  const title = answered ? "Answer" : "Write";
  return page({
    title,
    status: problem === null ? 200 : 422,
    owner: { ctx: c.var.ctx, path: "/write" },
    body: (
      <>
        <h1>{title}</h1>
        {answered && <PostView {...answered} />}
        <ComposeForm
          action="/posts"
          typed={typed}
          problem={problem}
          answered={answered?.post ?? null}
          pictures={c.var.ctx.ports.media !== null}
        />
      </>
    ),
  });
}

function editPage(c: Context<WebEnv>, id: number, typed: Typed, problem: string | null = null) {
  return page({
    title: "Edit",
    status: problem === null ? 200 : 422,
    owner: { ctx: c.var.ctx, path: "" },
    body: (
      <>
        <h1>Edit</h1>
        <ComposeForm
          action={`/posts/${id}/edit`}
          typed={typed}
          problem={problem}
          editing
          pictures={c.var.ctx.ports.media !== null}
        />
      </>
    ),
  });
}
