/** Moving, from an app: what would take the audience away is only asked for, and how a move goes is told. No method of Mastodon's. */
import { readLedger } from "../moving/ledger.ts";
import { runBatch } from "../store/batch.ts";
import { identityRequestsOf, saveIdentityRequest } from "../store/identity-requests.ts";
import { isAccount } from "./aliases.ts";
import { json, refused } from "./answers.ts";
import { toArrivals } from "./entities/arrivals.ts";
import type { GrantedCall } from "./router.ts";

/**
 * Named as GoToSocial names it, which moves at once, with the password. Here an app never has the password: the owner confirms it on our own
 * page. 202 and where that is; `password` is passed over. 1 row; at most 5 wait at a time.
 */
export async function askToMove({ ctx, params, bearer }: GrantedCall): Promise<Response> {
  const account = params.raw("moved_to_uri").trim();
  if (!isAccount(account))
    return refused({ kind: "invalid", problem: "moved_to_uri takes a handle or the id of an actor" });
  const request = { kind: "move", account, app: bearer.app.id, askedAt: ctx.clock() } as const;
  await runBatch(ctx.db, [saveIdentityRequest(ctx.db, request)]);
  const noted = (await identityRequestsOf(ctx.db, "move")).some((one) => one.account === account);
  if (!noted) return refused({ kind: "invalid", problem: "too many accounts wait for the owner's answer" });
  const confirmAt = `${ctx.stead.origin}/move/out?to=${encodeURIComponent(account)}`;
  return json({ requested: account, confirm_at: confirmAt }, 202);
}

/** The ledger of a move in, as the owner's page shows it. Costs what `readLedger` does. */
export async function showArrivals({ ctx }: GrantedCall): Promise<Response> {
  return json(toArrivals(await readLedger(ctx)));
}
