/** POST /api/v1/reports. Nobody here would read one: either it goes to the server of whom it is about, or it is said that it went nowhere. */
import { REPORT_MAX, reportPeer } from "../../owner/report.ts";
import { peerById } from "../../store/peers.ts";
import { postsOf } from "../../store/search.ts";
import { fanoutId } from "../../outbox/enqueue.ts";
import { json, refused, timestamp } from "../answers.ts";
import { toAccount } from "../entities/person.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";

const POSTS_MAX = 50;
const CATEGORIES = ["spam", "legal", "violation", "other"];

/** Posts of somebody else are left out of it. 2 D1 calls more than the report. */
export async function report({ ctx, params }: GrantedCall): Promise<Response> {
  const comment = (params.text("comment") ?? "").trim();
  if (comment.length > REPORT_MAX)
    return refused({ kind: "invalid", problem: `Comment is too long (maximum is ${REPORT_MAX} characters)` });
  const peer = await peerById(ctx.db, idIn(params.raw("account_id")));
  if (!peer) return refused({ kind: "not-found" });
  const ids = params.texts("status_ids").flatMap((id) => idIn(id) ?? []);
  const posts = await postsOf(ctx.db, peer.id, ids.slice(0, POSTS_MAX));
  const forwarded = params.flag("forward") ?? false;
  const iris = posts.map(({ iri }) => iri);
  const id = forwarded ? await reportPeer(ctx, peer, iris, comment) : fanoutId(ctx);
  const category = CATEGORIES.find((one) => one === params.raw("category")) ?? "other";
  return json({
    id: String(id),
    action_taken: false,
    action_taken_at: null,
    category,
    comment,
    forwarded,
    created_at: timestamp(ctx.clock()),
    status_ids: posts.map((post) => String(post.id)),
    rule_ids: null,
    target_account: toAccount(ctx, peer),
  });
}
