/**
 * The follower of our own that a preflight sends: there while it runs, ten minutes at most, and to nobody a follower of anybody else. Its
 * inbox takes the one Accept it waits for and keeps nothing else.
 */
import { Hono } from "hono";
import type { Context } from "hono";

import type { Iri } from "../kernel/brand.ts";
import { guard } from "../inbox/guard.ts";
import { places } from "../model/places.ts";
import { probeFollowIri } from "../moving/probe.ts";
import { prove } from "../peers/proven.ts";
import { loadDocument } from "../store/documents.ts";
import { publicKeys } from "../store/keys.ts";
import { noteAccepted, probeById, runs, type Probe } from "../store/probes.ts";
import { readActor } from "../vocab/read-actor.ts";
import { idOf, typesOf, type JsonObject } from "../vocab/read.ts";
import { activity } from "./respond.ts";
import type { SteadEnv } from "./stead-env.ts";

export const probeActor = new Hono<SteadEnv>();

probeActor.get("/probes/:id{\\d{1,16}}", async (c) => {
  const { ctx } = c.var;
  const probe = await running(c);
  if (!probe) return c.notFound();
  const id = places.probe(ctx.stead.origin, probe.id);
  const { pem } = await publicKeys(ctx.db);
  const document = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id,
    type: "Service",
    preferredUsername: "probe",
    name: "A test of this stead",
    inbox: places.probeInbox(ctx.stead.origin, probe.id),
    publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem: pem },
  };
  return activity(document, false);
});

/** 202 for the Accept, verified as another server would: with the key that our published actor shows. */
probeActor.post("/probes/:id{\\d{1,16}}/inbox", async (c) => {
  const { ctx } = c.var;
  const probe = await running(c);
  if (!probe) return c.notFound();
  const url = places.probeInbox(ctx.stead.origin, probe.id);
  const guarded = await guard(c.req.raw, url, ctx.clock());
  if (guarded.kind === "refused") return said(guarded.status);
  if (guarded.kind === "unused" || guarded.activity.type !== "Accept") return said(202);
  const { activity: accept, signature } = guarded;
  const stored = await loadDocument(ctx.db, "actor");
  const published = stored && readActor(JSON.parse(stored.body) as JsonObject);
  const ours = accept.actor === ctx.stead.actor && published?.iri === accept.actor;
  if (!ours || (await prove(published, signature)) !== "proven") return said(401);
  const id = places.probe(ctx.stead.origin, probe.id);
  if (!answers(accept.object, id, ctx.stead.actor)) return said(400);
  await ctx.db.batch([noteAccepted(ctx.db, probe.id, ctx.clock())]);
  ctx.ports.background(ctx.ports.mover.wake());
  return said(202);
});

/** The whole Follow is embedded, as GoToSocial and Threads want it. */
function answers(follow: JsonObject | null, probe: Iri, actor: Iri): boolean {
  return (
    follow !== null &&
    typesOf(follow).includes("Follow") &&
    idOf(follow["id"]) === probeFollowIri(probe) &&
    idOf(follow["actor"]) === probe &&
    idOf(follow["object"]) === actor
  );
}

async function running(c: Context<SteadEnv>): Promise<Probe | null> {
  const { ctx } = c.var;
  const [probe] = await probeById(ctx.db, Number(c.req.param("id")));
  return probe && runs(probe, ctx.clock()) ? probe : null;
}

const said = (status: number) => new Response(null, { status, headers: { "cache-control": "no-store" } });
