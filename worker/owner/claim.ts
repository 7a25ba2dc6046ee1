/** The claim: once, and for ever. */
import type { Iri } from "../kernel/brand.ts";
import type { Base } from "../kernel/ctx.ts";
import { hashPassword, PASSWORD_MIN } from "../kernel/password.ts";
import { newDataKey } from "../kernel/vault.ts";
import { places } from "../model/places.ts";
import { runBatch } from "../store/batch.ts";
import { makeKeys } from "../store/keys.ts";
import { insertKeys, insertOwner, type Owner } from "../store/stead.ts";
import { profileOf, renderProfile } from "./render.ts";

export interface ClaimForm {
  readonly handle: string;
  readonly name: string;
  readonly password: string;
}

export type Claimed =
  | { kind: "claimed"; origin: string }
  | { kind: "invalid"; problem: string }
  /** Somebody was quicker. */
  | { kind: "taken" };

const HANDLE = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,28}[A-Za-z0-9_])?$/;
const NAME_MAX = 100;

/**
 * Owner, keys and documents in one transaction, so no key is ever seen outside that is not at rest, and a claim that dies half-way has
 * left nothing. The origin is pinned to where the claim is made, or to ORIGIN. Of parallel claims one wins. Cost: one RSA-2048
 * generation.
 */
export async function claim(base: Base, requestOrigin: string, form: ClaimForm): Promise<Claimed> {
  const origin = base.settings.origin ?? requestOrigin;
  const { secret } = base.settings;
  if (!secret) throw new Error("a claim without INSTANCE_SECRET");
  const problem = problemOf(origin, form);
  if (problem) return { kind: "invalid", problem };

  const now = base.clock();
  const actor = places.actor(origin);
  const { key, wrapped } = await newDataKey(secret, actor);
  const keys = await makeKeys(key, actor, now);
  const { hash, salt, iterations } = await hashPassword(secret, form.password);
  const owner: Owner = {
    id: 1,
    handle: form.handle,
    name: form.name.trim().slice(0, NAME_MAX) || form.handle,
    bio: "",
    fields: [],
    origin,
    handleDomain: base.settings.handleDomain ?? new URL(origin).host,
    actorIri: actor,
    aliases: [] satisfies Iri[],
    verified: {},
    handles: [],
    movedTo: null,
    movedAt: null,
    domains: [],
    mediaDirect: false,
    locked: false,
    dataKey: wrapped,
    passwordHash: hash,
    passwordSalt: salt,
    passwordIterations: iterations,
    claimedAt: now,
    updatedAt: now,
  };
  const profile = profileOf(owner, [], { pem: keys[0].public, multibase: keys[1].public }, false);
  const { statements } = await renderProfile(base.db, profile, now);
  try {
    await runBatch(base.db, [insertOwner(base.db, owner), insertKeys(base.db, keys), ...statements]);
  } catch (cause) {
    if (/UNIQUE constraint failed: owner/.test(String((cause as Error).cause ?? cause)))
      return { kind: "taken" };
    throw cause;
  }
  return { kind: "claimed", origin };
}

/** What is wrong with a claim, with its cure; null when nothing is. */
function problemOf(origin: string, { handle, password }: ClaimForm): string | null {
  const problem = originProblem(origin);
  if (problem) return problem;
  if (!HANDLE.test(handle))
    return "The handle takes letters, digits and _, also . and - inside, at most 30 of them.";
  if (password.length < PASSWORD_MIN) return `The password needs at least ${PASSWORD_MIN} characters.`;
  return null;
}

/** Why a stead can not live here, with the cure; null when it can. */
export function originProblem(origin: string): string | null {
  if (!new URL(origin).hostname.endsWith(".workers.dev")) return null;
  return (
    "A claim on workers.dev would tie your name to Cloudflare for ever. " +
    "Attach your own domain under Settings, Domains & Routes of this Worker, and claim it there."
  );
}
