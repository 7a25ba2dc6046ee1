/**
 * Binds the ports of `Ctx` to the platform: the only place that knows both. Made once an invocation.
 */
import { drizzle } from "drizzle-orm/d1";

import type { Env } from "../env.ts";
import { systemClock } from "../kernel/clock.ts";
import type { Base, Ctx, Db, Ports } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { consoleLog } from "../kernel/log.ts";
import { newMeter } from "../kernel/meter.ts";
import { parseSettings, privateHostsProblem, type ParsedSettings } from "../kernel/settings.ts";
import { VERSION } from "../kernel/version.ts";
import { apart } from "../store/batch.ts";
import { mediaPort } from "./media-port.ts";
import { loadStead } from "../store/stead.ts";
import { streamsPort } from "./streams.ts";

/**
 * Fetches an invocation may make on the Free plan, of its 50 subrequests: redirects and refused signatures must not make five look-ups
 * eighty.
 */
const FREE_FETCHES = 25;

/** Mailroom objects: an actor stays in one line, the lines of different hosts run side by side. */
export const MAILROOMS = 4;

export type Bound =
  | { kind: "claimed"; ctx: Ctx }
  | { kind: "unclaimed"; base: Base }
  /** The stead cannot be served as it is set up. `problem` and `cure` are for the owner. */
  | { kind: "unfit"; problem: string; cure: string };

const settingsOf = new WeakMap<Env, ParsedSettings>();
const databases = new WeakMap<D1Database, Db>();

/** The context of an invocation. One D1 read in the life of an isolate, none after. Throws when D1 does. */
export async function bind(env: Env, background: (work: Promise<unknown>) => void): Promise<Bound> {
  const parsed = settingsOf.get(env) ?? parseSettings(env);
  settingsOf.set(env, parsed);
  if (!parsed.ok) return { kind: "unfit", problem: parsed.problem, cure: parsed.cure };
  const { settings } = parsed;
  const db = databases.get(env.DB) ?? drizzle(apart(env.DB));
  databases.set(env.DB, db);
  const stead = await loadStead(db, env.DB, settings.secret);
  const origin = stead?.origin ?? settings.origin;
  const problem = origin && privateHostsProblem(settings, origin);
  if (problem) return { kind: "unfit", ...problem };
  const meter = newMeter();
  const base: Base = {
    db,
    settings,
    meter,
    clock: systemClock,
    log: consoleLog,
    ports: portsOf(env, background),
    door: {
      meter,
      ownHosts: new Set(origin ? [new URL(origin).host] : []),
      privateHosts: settings.privateHosts,
      ...(settings.plan === "free" ? { maxFetches: FREE_FETCHES } : {}),
      userAgent: `Fedistead/${VERSION} (+${origin ?? "unclaimed"}/)`,
    },
  };
  if (!stead) return { kind: "unclaimed", base };
  if (settings.origin && settings.origin !== stead.origin) {
    return {
      kind: "unfit",
      problem: `ORIGIN is ${settings.origin}, and this stead was claimed as ${stead.origin}`,
      cure: `Set ORIGIN back to ${stead.origin}: an actor's address can never change.`,
    };
  }
  return { kind: "claimed", ctx: { ...base, stead } };
}

function portsOf(env: Env, background: (work: Promise<unknown>) => void): Ports {
  const redelivery = () => env.REDELIVERY.getByName("redelivery");
  return {
    background,
    media: env.MEDIA ? mediaPort(env.MEDIA) : null,
    mailroom: {
      put: (mail, from) => env.MAILROOM.getByName(String(hash52(mail.host) % MAILROOMS)).put(mail, from),
      waiting: async () => {
        const held = Array.from({ length: MAILROOMS }, (_, n) => env.MAILROOM.getByName(String(n)).waiting());
        return (await Promise.all(held)).flat().toSorted((a, b) => b.mails - a.mails);
      },
    },
    mover: { wake: () => env.MOVER.getByName("mover").wake() },
    queue: {
      send: async (messages) => {
        await env.DELIVERIES.sendBatch(messages.map((body) => ({ body })));
      },
    },
    streams: streamsPort(() => env.STREAMING.getByName("streaming"), background),
    redelivery: {
      wake: () => redelivery().wake(),
      claim: (stream, after, to) => redelivery().claim(stream, after, to),
      claimDue: (due) => redelivery().claimDue(due),
      done: (stream, after, to, reports) => redelivery().done(stream, after, to, reports),
      doneDue: (due, reports) => redelivery().doneDue(due, reports),
      acceptAgain: (follower) => redelivery().acceptAgain(follower),
      acceptsAgain: (after, through) => redelivery().acceptsAgain(after, through),
      resend: (letter) => redelivery().resend(letter),
      failing: () => redelivery().failing(),
      state: (log) => redelivery().state(log),
    },
  };
}

/** The context of an object or a queue message: they run only on a claimed and fit stead. */
export async function bindClaimed(env: Env, background: (work: Promise<unknown>) => void): Promise<Ctx> {
  const bound = await bind(env, background);
  if (bound.kind === "claimed") return bound.ctx;
  throw new Error(bound.kind === "unfit" ? bound.problem : "the stead is not claimed");
}
