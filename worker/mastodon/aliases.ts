/** Pointing an old account here from an app. Named as GoToSocial names it; Mastodon has no such method. */
import { runBatch } from "../store/batch.ts";
import { identityRequestsOf, saveIdentityRequest } from "../store/identity-requests.ts";
import { json, refused } from "./answers.ts";
import type { GrantedCall } from "./router.ts";

const ACCOUNT_MAX = 500;
const ACCOUNTS_MAX = 20;

/**
 * Only asks: whoever could change an alias could take the audience, so the owner confirms it on our own page, with their password. 202 and
 * where that is. 1 row for each; at most 20 wait at a time.
 */
export async function askForAliases({ ctx, params, bearer }: GrantedCall): Promise<Response> {
  const accounts = params.texts("also_known_as_uris").map((account) => account.trim());
  const wrong =
    accounts.length === 0 || accounts.length > ACCOUNTS_MAX || accounts.some((one) => !isAccount(one));
  if (wrong)
    return refused({ kind: "invalid", problem: "also_known_as_uris takes handles or ids of actors" });
  const askedAt = ctx.clock();
  await runBatch(
    ctx.db,
    accounts.map((account) =>
      saveIdentityRequest(ctx.db, { kind: "alias", account, app: bearer.app.id, askedAt }),
    ),
  );
  const noted = new Set((await identityRequestsOf(ctx.db, "alias")).map(({ account }) => account));
  if (!accounts.every((account) => noted.has(account)))
    return refused({ kind: "invalid", problem: "too many accounts wait for the owner's answer" });
  return json({ requested: accounts, confirm_at: `${ctx.stead.origin}/move` }, 202);
}

export const isAccount = (text: string) =>
  text.length <= ACCOUNT_MAX &&
  (/^https:\/\/[^\s<>"]+$/.test(text) || /^(acct:)?@?[^\s@/<>"]+@[^\s@/<>"]+$/.test(text));
