/** The owner takes back what they said. */
import { sql } from "drizzle-orm";
import type { Ctx } from "../kernel/ctx.ts";
import { escapeHtml } from "../kernel/sanitise.ts";
import { timeFromId } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { runBatch } from "../store/batch.ts";
import { leaveConversations } from "../store/conversations.ts";
import { dropVersions } from "../store/earlier-versions.ts";
import { closePoll, dropVotes } from "../store/polls.ts";
import { updatePost } from "../store/posts.ts";
import { remove } from "../vocab/activities.ts";
import { audienceOfPost, tombstone, type OwnPost } from "../vocab/note.ts";
import { detachAll, removeReleased } from "./attach.ts";
import { steadOf, ownLivePost, audienceFor } from "./draft.ts";

/** Leaves a Tombstone, and tells everybody who got the post. False: there was nothing to delete. */
export async function deletePost(ctx: Ctx, id: number): Promise<boolean> {
  const post = await ownLivePost(ctx, id);
  if (!post) return false;
  const now = ctx.clock();
  const own: OwnPost = { ...post, ...steadOf(ctx), publishedAt: timeFromId(id) };
  const document = tombstone(post.iri, now);
  const activity = remove(ctx.stead.actor, document, audienceOfPost(own));
  const emptied = {
    html: escapeHtml(""),
    source: null,
    summary: "",
    tags: [],
    attachments: [],
    deletedAt: now,
    document: JSON.stringify(document),
    pinnedAt: null,
    poll: null,
  };
  await runBatch(ctx.db, [
    ...(post.conversation === null ? [] : leaveConversations(ctx.db, sql`p.id = ${id}`)),
    ...(post.poll === null ? [] : [closePoll(ctx.db, id), dropVotes(ctx.db, id)]),
    updatePost(ctx.db, id, emptied),
    dropVersions(ctx.db, id),
    ...detachAll(ctx, post.attachments),
    ...(await enqueue(ctx, fanoutId(ctx), activity, await audienceFor(ctx, own))),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  removeReleased(ctx, post.attachments);
  ctx.ports.streams.emit([{ kind: "deleted", ids: [id] }]);
  return true;
}
