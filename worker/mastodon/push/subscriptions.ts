/** One push subscription for each token: an app makes it, asks for it, changes it and ends it. */
import { checkUrl } from "../../kernel/safe-fetch.ts";
import { toBase64 } from "../../kernel/base64.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { seal } from "../../kernel/vault.ts";
import { readReceiver, type Receiver } from "../../signatures/web-push/encrypt.ts";
import { runBatch } from "../../store/batch.ts";
import { vapidPublicKey } from "../../store/keys.ts";
import {
  changeSubscription,
  dropSubscription,
  findSubscription,
  saveSubscription,
  type Subscription,
} from "../../store/push.ts";
import { json, refused } from "../answers.ts";
import { ALERTS, toPushSubscription } from "../entities/push-subscription.ts";
import type { Params } from "../params.ts";
import type { GrantedCall } from "../router.ts";

const POLICIES = ["all", "followed", "follower", "none"] as const;
const ENDPOINT_MAX = 2_000;

/** Binds a sealed token to what it is for. */
export const bearerName = (hash: string): string => `push ${hash}`;

/** In the place of the one before, if there is one. 2 rows; 3 D1 calls and 1 to the streaming object. */
export async function createSubscription(call: GrantedCall): Promise<Response> {
  const { ctx, params, bearer, request } = call;
  const asked = params.within("subscription");
  const endpoint = asked?.raw("endpoint") ?? "";
  const keys = asked?.within("keys");
  const receiver = await readReceiver(keys?.raw("p256dh") ?? "", keys?.raw("auth") ?? "");
  if (endpoint === "" || endpoint.length > ENDPOINT_MAX || !checkUrl(ctx.door, endpoint).ok)
    return invalid("Endpoint is not a valid URL");
  if (receiver === null) return invalid("Key is not a valid one");
  const { dataKey } = ctx.stead;
  if (!dataKey) return refused({ kind: "unavailable" });
  const data = params.within("data");
  const token = /^bearer +(\S+)$/i.exec(request.headers.get("authorization")?.trim() ?? "")?.[1] ?? "";
  await runBatch(ctx.db, [
    saveSubscription(ctx.db, {
      ...fresh(ctx, endpoint, receiver),
      token: bearer.hash,
      bearer: await seal(dataKey, new TextEncoder().encode(token), bearerName(bearer.hash)),
      standard: asked?.flag("standard") ?? false,
      alerts: alertsIn(data, []),
      policy: policyIn(data) ?? "all",
    }),
  ]);
  await ctx.ports.streams.subscriptionsChanged();
  return showSubscription(call);
}

function fresh(ctx: Ctx, endpoint: string, { publicKey, auth }: Receiver) {
  return {
    endpoint,
    p256dh: toBase64(publicKey),
    auth: toBase64(auth),
    createdAt: ctx.clock(),
    sentAt: null,
    problem: null,
    problemAt: null,
    endedAt: null,
  };
}

/** 404 when there is none, or when the push service would not have it any more: then apps make another. */
export async function showSubscription({ ctx, bearer }: GrantedCall): Promise<Response> {
  const row = await findSubscription(ctx.db, bearer.hash);
  if (!row) return refused({ kind: "not-found" });
  return json(toPushSubscription(row, (await vapidPublicKey(ctx)) ?? ""));
}

/** What is pushed and from whom; where to can not be changed. */
export async function updateSubscription(call: GrantedCall): Promise<Response> {
  const { ctx, params, bearer } = call;
  const row = await findSubscription(ctx.db, bearer.hash);
  if (!row) return refused({ kind: "not-found" });
  const data = params.within("data");
  // Older apps say it beside `data`.
  const policy = policyIn(data) ?? policyIn(params) ?? row.policy;
  await runBatch(ctx.db, [
    changeSubscription(ctx.db, bearer.hash, { alerts: alertsIn(data, row.alerts), policy }),
  ]);
  await ctx.ports.streams.subscriptionsChanged();
  return showSubscription(call);
}

export async function removeSubscription({ ctx, bearer }: GrantedCall): Promise<Response> {
  await runBatch(ctx.db, [dropSubscription(ctx.db, bearer.hash)]);
  await ctx.ports.streams.subscriptionsChanged();
  return json({});
}

/** What is not named stays off, as in Mastodon: the list that is sent is the whole list. None sent: as it was. */
function alertsIn(data: Params | null, before: string[]): string[] {
  const sent = data?.within("alerts") ?? null;
  return sent === null ? before : ALERTS.filter((alert) => sent.flag(alert) ?? false);
}

function policyIn(params: Params | null): Subscription["policy"] | null {
  const named = params?.raw("policy") ?? "";
  return POLICIES.find((policy) => policy === named) ?? null;
}

const invalid = (problem: string): Response => refused({ kind: "invalid", problem });
