/** Lists of people (docs.joinmastodon.org/methods/lists). */
import { addList, changeList, removeList, type Listing, type Saved } from "../../owner/lists.ts";
import { allLists, findList, listsOf } from "../../store/lists.ts";
import { peerById } from "../../store/peers.ts";
import { json, refused } from "../answers.ts";
import { ownAccountId } from "../entities/account.ts";
import { toList } from "../entities/list.ts";
import { idIn } from "../pages.ts";
import type { Params } from "../params.ts";
import type { GrantedCall } from "../router.ts";

const POLICIES = ["none", "list", "followed"] as const;

/** The number in the path; one that is nobody's when it is none. */
export const numberIn = ({ path }: Pick<GrantedCall, "path">): number => idIn(path("id")) ?? -1;

/** All of them: there is no other page. 1 D1 read, as the next. */
export async function listLists({ ctx }: GrantedCall): Promise<Response> {
  return json((await allLists(ctx.db)).map(toList));
}

export async function showList(call: GrantedCall): Promise<Response> {
  const list = await findList(call.ctx.db, numberIn(call));
  return list ? json(toList(list)) : refused({ kind: "not-found" });
}

/** Null: a policy that is none. */
function changeIn(params: Params): Partial<Listing> | null {
  const [title, exclusive] = [params.text("title"), params.flag("exclusive")];
  const named = params.raw("replies_policy").trim();
  const replies = POLICIES.find((policy) => policy === named);
  if (named !== "" && !replies) return null;
  return {
    ...(title === null ? {} : { title }),
    ...(exclusive === null ? {} : { exclusive }),
    ...(replies ? { replies } : {}),
  };
}

const NO_POLICY = { kind: "invalid", problem: "Replies policy is not included in the list" } as const;

export async function createList({ ctx, params }: GrantedCall): Promise<Response> {
  const change = changeIn(params);
  if (!change) return refused(NO_POLICY);
  return saved(await addList(ctx, { title: "", replies: "list", exclusive: false, ...change }));
}

export async function updateList(call: GrantedCall): Promise<Response> {
  const change = changeIn(call.params);
  return change ? saved(await changeList(call.ctx, numberIn(call), change)) : refused(NO_POLICY);
}

const saved = (answer: Saved): Response =>
  answer.kind === "done" ? json(toList(answer.list)) : refused(answer);

export async function deleteList(call: GrantedCall): Promise<Response> {
  return (await removeList(call.ctx, numberIn(call))) ? json({}) : refused({ kind: "not-found" });
}

/** The lists that somebody stands in. 2 D1 reads. */
export async function listsOfAccount({ ctx, path }: GrantedCall): Promise<Response> {
  if (path("id") === ownAccountId(ctx)) return json([]);
  const peer = await peerById(ctx.db, idIn(path("id")));
  return peer ? json((await listsOf(ctx.db, peer.id)).map(toList)) : refused({ kind: "not-found" });
}
