/** How people stand to the owner, and whom an app means by a number. */
import type { Ctx } from "../../kernel/ctx.ts";
import type { Peer } from "../../model/peer.ts";
import { peerById } from "../../store/peers.ts";
import { standingsOf } from "../../store/relationships.ts";
import { json, refused } from "../answers.ts";
import { ownAccountId } from "../entities/account.ts";
import { noRelationship, toRelationship, type Relationship } from "../entities/relationship.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";

/** People asked for at once: more than any app shows on one page. */
const MANY_MAX = 200;

/** In the order asked, each once; who is not known is left out. Nobody here is suspended, so `with_suspended` changes nothing. 1 D1 call. */
export async function showRelationships({ ctx, params }: GrantedCall): Promise<Response> {
  const ids = [...new Set(params.texts("id").flatMap((id) => idIn(id) ?? []))].slice(0, MANY_MAX);
  return json(await relationshipsOf(ctx, ids));
}

async function relationshipsOf(ctx: Ctx, ids: readonly number[]): Promise<Relationship[]> {
  const me = ownAccountId(ctx);
  const standings = ids.length === 0 ? [] : await standingsOf(ctx.db, ids, ctx.clock());
  const byId = new Map(standings.map((standing) => [standing.id, standing]));
  return ids.flatMap((id) => {
    const standing = byId.get(id);
    if (standing) return toRelationship(standing);
    return String(id) === me ? noRelationship(me) : [];
  });
}

/** The relationship as it is afterwards. 1 D1 call. */
async function answerRelationship(ctx: Ctx, peer: number): Promise<Response> {
  const [relationship] = await relationshipsOf(ctx, [peer]);
  return relationship ? json(relationship) : refused({ kind: "not-found" });
}

/** Does something with the person in the path; what it says instead is the answer. The owner can do none of it with themselves. */
export const withPeer =
  (act: (call: GrantedCall, peer: Peer) => Promise<Response | void>) =>
  async (call: GrantedCall): Promise<Response> => {
    const { ctx, path } = call;
    if (path("id") === ownAccountId(ctx)) return refused({ kind: "invalid", problem: "That is you" });
    const peer = await peerById(ctx.db, idIn(path("id")));
    if (!peer) return refused({ kind: "not-found" });
    return (await act(call, peer)) ?? answerRelationship(ctx, peer.id);
  };
