/** Whose notifications the owner wants (docs.joinmastodon.org/methods/notifications#get-policy). */
import type { Ctx } from "../../kernel/ctx.ts";
import { POLICY_PARTS, VERDICTS, type Policy, type Verdict } from "../../model/notification-policy.ts";
import { changePolicy } from "../../owner/notifications.ts";
import { countHeldBack, loadPolicy } from "../../store/notifications.ts";
import { json, refused } from "../answers.ts";
import {
  toPolicy,
  toPolicyV1,
  V1_NAMES,
  V1_PARTS,
  V2_NAMES,
  type HeldBack,
} from "../entities/notification-policy.ts";
import { Params } from "../params.ts";
import type { GrantedCall } from "../router.ts";
import { searchIn } from "./search.ts";

type Shape = (policy: Policy, held: HeldBack) => object;

/** Whether anybody may be held back: else there is nothing to look for. */
export const holdsBack = (policy: Policy): boolean => POLICY_PARTS.some((part) => policy[part] === "filter");

/** At most 2 D1 calls. */
async function answer(ctx: Ctx, shape: Shape): Promise<Response> {
  const policy = await loadPolicy(ctx.db);
  const [held] = holdsBack(policy) ? await countHeldBack(ctx.db, searchIn(ctx, new Params())) : [];
  return json(shape(policy, held ?? { people: 0, notifications: 0 }));
}

export const showPolicy = ({ ctx }: GrantedCall) => answer(ctx, toPolicy);
export const showPolicyV1 = ({ ctx }: GrantedCall) => answer(ctx, toPolicyV1);

/** What was not sent stays. A word that is none changes nothing. */
export async function updatePolicy({ ctx, params }: GrantedCall): Promise<Response> {
  const sent = POLICY_PARTS.filter((part) => params.has(V2_NAMES[part]));
  const wrong = sent.find((part) => verdictIn(params, part) === null);
  if (wrong !== undefined)
    return refused({ kind: "invalid", problem: `${V2_NAMES[wrong]} is accept, filter or drop` });
  await changePolicy(ctx, Object.fromEntries(sent.map((part) => [part, verdictIn(params, part)])));
  return answer(ctx, toPolicy);
}

const verdictIn = (params: Params, part: keyof Policy): Verdict | null =>
  VERDICTS.find((verdict) => verdict === params.raw(V2_NAMES[part])) ?? null;

/** Yes leaves alone what is dropped already. */
export async function updatePolicyV1({ ctx, params }: GrantedCall): Promise<Response> {
  const policy = await loadPolicy(ctx.db);
  const change = V1_PARTS.flatMap((part): [string, Verdict][] => {
    const filters = params.flag(V1_NAMES[part]);
    if (filters === null) return [];
    return [[part, filters ? (policy[part] === "drop" ? "drop" : "filter") : "accept"]];
  });
  await changePolicy(ctx, Object.fromEntries(change));
  return answer(ctx, toPolicyV1);
}
