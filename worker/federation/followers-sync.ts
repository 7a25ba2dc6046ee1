/**
 * FEP-8fcf, the part of our followers that lives on the server which asks. Whom it is asked by says the signature alone, and nobody learns of
 * another server's people. Mastodon ends the follow of whoever is missing, so this is the whole list on one page, or no list.
 */
import { Hono } from "hono";

import type { Iri } from "../kernel/brand.ts";
import { HOUR, SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { documentOf, hostOf } from "../kernel/iri.ts";
import { places } from "../model/places.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { prove, provenPeer } from "../peers/proven.ts";
import { sha256 } from "../signatures/digest.ts";
import { readSignature } from "../signatures/read.ts";
import type { RequestSignature } from "../signatures/request.ts";
import { noteTry, tooMany } from "../store/attempts.ts";
import { hasList, noteList, readList } from "../store/follower-lists.ts";
import { activity } from "./respond.ts";
import type { SteadEnv } from "./stead-env.ts";

export const followersSync = new Hono<SteadEnv>();

/** Keys fetched in an hour for requests that say they come from one server, and from all. */
const KEYS = { fromOne: 10, everywhere: 2_000 };

const AS = "https://www.w3.org/ns/activitystreams";
const NO_LIST = "There is no list for this server.";

/**
 * 200, 401 without a signature that holds, 404 where no list was made or nobody is on it, 503 while nothing sure can be said. A server
 * without a list costs 1 D1 call and no fetch; its first request 1 fetch for the key, which no inbox has seen: Mastodon signs with
 * its instance actor.
 */
followersSync.get("/actor/followers_synchronization", async (c) => {
  const { ctx } = c.var;
  const { pathname, search } = new URL(c.req.url);
  const url = `${ctx.stead.origin}${pathname}${search}`;
  const headers = Object.fromEntries(c.req.raw.headers);
  const raw = { method: "GET", url, headers, digest: await sha256("") };
  const signed = readSignature(raw, ctx.clock());
  if (!signed.ok) return answer(401, "Sign this request: a server is shown its own people only.");
  const host = hostOf(signed.signature.keyId);
  if (!(await hasList(ctx.db, host))) return answer(404, NO_LIST);
  const proof = await proveServer(ctx, host, signed.signature);
  if (proof === "unknown")
    return answer(503, "Your key could not be fetched. Please come again.", 60 * SECOND);
  if (proof === "wrong") return answer(401, "The signature does not hold.");
  const read = await readList(ctx.db, host);
  if (read.kind === "none") return answer(404, NO_LIST);
  if (read.kind === "stale") return answer(503, "The list is being made again.", HOUR);
  // Nobody is left: they said so themselves, and an empty list could only do harm.
  if (read.iris.length === 0) return answer(404, "Nobody of this server follows.");
  // Also before our request is noted as taken: a server may ask sooner than it answers.
  if (read.list.askedAt === null) await noteList(ctx.db, host, { askedAt: ctx.clock() });
  const id = places.followersSync(ctx.stead.origin);
  const { iris } = read;
  return activity(
    { "@context": AS, id, type: "OrderedCollection", totalItems: iris.length, orderedItems: iris },
    false,
  );
});

/** Whether an actor of that server made the signature. `unknown`: its key could not be had, for now. */
async function proveServer(
  ctx: Ctx,
  host: string,
  signature: RequestSignature,
): Promise<"proven" | "wrong" | "unknown"> {
  const document = documentOf(signature.keyId);
  if (await provenPeer(ctx, document, signature)) return "proven";
  if (await tooMany(ctx, "sync-key", host, KEYS)) return "unknown";
  await noteTry(ctx, "sync-key", host);
  // Key ids are `ACTOR#fragment` or, at GoToSocial, `ACTOR/main-key`.
  const actor = document === signature.keyId ? (document.replace(/\/[^/]+$/, "") as Iri) : document;
  const fetched = await fetchActor(ctx, actor);
  switch (fetched.kind) {
    case "actor":
      return (await prove(fetched.peer, signature)) === "proven" ? "proven" : "wrong";
    case "unreachable":
      return "unknown";
    case "gone":
    case "refused":
      return "wrong";
  }
}

/** Safe words: nothing of what was sent comes back. `after` in ms. */
function answer(status: number, text: string, after?: number): Response {
  const headers = new Headers({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  if (after !== undefined) headers.set("retry-after", String(after / SECOND));
  return new Response(`${text}\n`, { status, headers });
}
