/** Who stands in a list. Numbers come in a form, as JSON, or in the query (SubwayTooter). */
import { addToList, removeFromList, type Listed } from "../../owner/lists.ts";
import { findList, membersOf } from "../../store/lists.ts";
import { json, refused } from "../answers.ts";
import { toAccount } from "../entities/person.ts";
import { linkHeader } from "../links.ts";
import { idIn, spanIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { numberIn } from "./lists.ts";

/** As Mastodon: 40 people unless told, 80 at most. */
const PEOPLE = { min: 1, max: 80, otherwise: 40 };
/** What a limit of 0 asks for is everybody; no page is longer than this. */
const EVERYBODY = 1_000;

/** Pages go by the Link header. 2 D1 reads; 2 rows a person. */
export async function listMembers(call: GrantedCall): Promise<Response> {
  const { ctx, params, url } = call;
  const list = await findList(ctx.db, numberIn(call));
  if (!list) return refused({ kind: "not-found" });
  const limit = params.raw("limit").trim() === "0" ? EVERYBODY : params.number("limit", PEOPLE);
  const rows = await membersOf(ctx.db, list.id, spanIn(params), limit);
  const [first, last] = [rows[0], rows.at(-1)];
  const shown =
    first && last
      ? { first: String(first.peer.id), last: String(last.peer.id), more: rows.length === limit }
      : null;
  return json(
    rows.map(({ peer }) => toAccount(ctx, peer)),
    200,
    linkHeader(ctx, url, shown),
  );
}

/** What is no number is nobody's. */
const peopleIn = ({ params }: GrantedCall): number[] =>
  params.texts("account_ids").map((id) => idIn(id.trim()) ?? -1);

export async function addMembers(call: GrantedCall): Promise<Response> {
  return answered(await addToList(call.ctx, numberIn(call), peopleIn(call)));
}

export async function removeMembers(call: GrantedCall): Promise<Response> {
  return answered(await removeFromList(call.ctx, numberIn(call), peopleIn(call)));
}

const answered = (listed: Listed): Response => (listed.kind === "done" ? json({}) : refused(listed));
