/** One push to one app's push service, and what its answer means. */
import { fromBase64 } from "../../kernel/base64.ts";
import { SECOND } from "../../kernel/clock.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { safeFetch } from "../../kernel/safe-fetch.ts";
import { open } from "../../kernel/vault.ts";
import { pushRequest } from "../../signatures/web-push/request.ts";
import type { VapidKey } from "../../signatures/web-push/vapid.ts";
import type { Subscription } from "../../store/push.ts";
import type { Notice } from "./notice.ts";
import { bearerName } from "./subscriptions.ts";

export type Sent =
  | { kind: "sent" }
  /** `pause` in ms, where the service said how long. */
  | { kind: "again"; problem: string; pause: number | null }
  /** The service will not have it any more. */
  | { kind: "over"; problem: string };

const DEADLINE = 8 * SECOND;

/** 1 fetch, about 1 ms of CPU. */
export async function sendPush(
  ctx: Ctx,
  subscription: Subscription,
  notice: Notice,
  key: VapidKey,
): Promise<Sent> {
  const { endpoint, standard } = subscription;
  const [publicKey, auth] = [fromBase64(subscription.p256dh), fromBase64(subscription.auth)];
  const token = await tokenOf(ctx, subscription);
  if (!publicKey || !auth || token === null) return { kind: "over", problem: "its keys can not be read" };
  const payload = { access_token: token, preferred_locale: "en", ...notice };
  const { headers, body } = await pushRequest(
    { endpoint, standard, publicKey, auth },
    JSON.stringify(payload),
    key,
    `${ctx.stead.origin}/`,
    ctx.clock(),
  );
  const out = { method: "POST", url: endpoint, headers, body, maxBytes: 0, deadlineMs: DEADLINE } as const;
  const answer = await safeFetch(ctx.door, out);
  if (!answer.ok) {
    const problem = `${answer.reason}: ${answer.detail}`.slice(0, 200);
    return answer.reason === "not-allowed"
      ? { kind: "over", problem }
      : { kind: "again", problem, pause: null };
  }
  return judged(answer.status, answer.headers);
}

/** RFC 8030 §5; and as Mastodon does, every refusal but "later" ends it. */
function judged(status: number, headers: Headers): Sent {
  if (status >= 200 && status < 300) return { kind: "sent" };
  const problem = `it answered ${status}`;
  if (status >= 500 || status === 408 || status === 429)
    return { kind: "again", problem, pause: secondsIn(headers.get("retry-after")) };
  return { kind: "over", problem };
}

const secondsIn = (text: string | null): number | null =>
  text !== null && /^\d{1,6}$/.test(text) ? Number(text) * SECOND : null;

/** The token itself, by which apps with several accounts find the right one. */
async function tokenOf(ctx: Ctx, { bearer, token }: Subscription): Promise<string | null> {
  const { dataKey } = ctx.stead;
  if (!dataKey) return null;
  const bytes = await open(dataKey, bearer, bearerName(token));
  return bytes && new TextDecoder().decode(bytes);
}
