/**
 * The back doors of a counted stead, opened by the header `x-rig`:
 * GET counts · POST publish (the text of a post) · POST cron (a tick) · POST sql (a statement; its rows) · POST arrive (`Arriving[]`:
 * followers written by the store as the inbox writes them, for runs too large to wait for every key to be fetched) · POST left (what
 * waits in the objects: `Left`).
 */
import type { Env } from "../../worker/env.ts";
import type { Iri, SafeHtml } from "../../worker/kernel/brand.ts";
import type { Ctx } from "../../worker/kernel/ctx.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import { deliveryInbox, type Peer } from "../../worker/model/peer.ts";
import { bindClaimed, MAILROOMS } from "../../worker/objects/bindings.ts";
import { publish } from "../../worker/owner/publish.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { arrive, inboxesNear } from "../../worker/store/followers.ts";
import { type Counts, RIG_TOKEN } from "./counts.ts";

const PREFIX = "/__rig/";

/** A follower to be written. At most a few hundred a request. */
export interface Arriving {
  readonly iri: string;
  readonly sharedInbox: string;
  readonly pem: string;
  /** In place of the Follow as received: about 1 KB. */
  readonly proof: string;
}

/** What the objects still hold. */
export interface Left {
  /** Bodies of mail that has not been settled, at most 1,000 of a mailroom. */
  readonly spool: readonly string[];
  /** Deliveries that failed and are to be tried again. */
  readonly due: number;
  /** What is done of each stream: JSON of ranges, `after` not with it, `to` with it. */
  readonly progress: readonly { readonly stream: string; readonly done: string }[];
}

/** The objects as they are in a counted stead. */
interface Asked {
  rigSpool(): Promise<string[]>;
  rigOutbox(): Promise<Pick<Left, "due" | "progress">>;
}

/** What a door answers; null: this request is not for us. */
export async function rigDoor(
  request: Request,
  env: Env,
  background: (work: Promise<unknown>) => void,
  counts: Counts,
  tick: () => Promise<void>,
): Promise<Response | null> {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(PREFIX) || request.headers.get("x-rig") !== RIG_TOKEN) return null;
  switch (pathname.slice(PREFIX.length)) {
    case "counts":
      return Response.json(counts);
    case "publish": {
      const ctx = await bindClaimed(env, background);
      const draft = { summary: "", visibility: "public", language: "en", replyTo: null } as const;
      return Response.json(await publish(ctx, { ...draft, text: await request.text() }));
    }
    case "cron":
      await tick();
      return new Response(null, { status: 204 });
    case "sql":
      return Response.json((await env.DB.prepare(await request.text()).all()).results);
    case "arrive":
      await arriveAll(await bindClaimed(env, background), await request.json());
      return new Response(null, { status: 204 });
    case "left":
      return Response.json(await leftOver(env));
    default:
      return new Response(null, { status: 404 });
  }
}

async function leftOver(env: Env): Promise<Left> {
  const asked = (stub: unknown) => stub as Asked;
  const rooms = Array.from({ length: MAILROOMS }, (_, n) => asked(env.MAILROOM.getByName(String(n))));
  const spools = await Promise.all(rooms.map((room) => room.rigSpool()));
  const outbox = await asked(env.REDELIVERY.getByName("redelivery")).rigOutbox();
  return { spool: spools.flat(), ...outbox };
}

async function arriveAll(ctx: Ctx, arriving: readonly Arriving[]): Promise<void> {
  const now = ctx.clock();
  const arrivals = arriving.map((one) => {
    const iri = one.iri as Iri;
    const peer: Peer = {
      id: hash52(iri),
      iri,
      inbox: `${iri}/inbox` as Iri,
      sharedInbox: one.sharedInbox as Iri,
      keys: [{ id: `${iri}#main-key`, kind: "pem", value: one.pem }],
      keysFetchedAt: now,
      rfc9421: false,
      username: iri.slice(iri.lastIndexOf("/") + 1),
      name: "",
      summary: "" as SafeHtml,
      url: null,
      icon: null,
      fetchedAt: now,
      follower: null,
      followEventAt: now,
      blockedAt: null,
      blocksUsAt: null,
      movedTo: null,
    };
    return { peer, followIri: `${iri}/follows/1`, receivedAt: now, proof: one.proof };
  });
  const near = await inboxesNear(
    ctx.db,
    arrivals.map(({ peer }) => deliveryInbox(peer)),
  );
  await runBatch(ctx.db, arrive(ctx.db, arrivals, near, now));
  ctx.ports.background(ctx.ports.redelivery.wake());
}
