/**
 * Whether Move may be pressed: everything that followers' servers will look at, looked at by us first, from a cold start at our own public
 * address. A check starts with a probe (`probe.ts`); what it says holds for as long as the probe is remembered, ten minutes.
 */
import { SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { moveRule } from "../model/move-rules.ts";
import { places } from "../model/places.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { findRequest } from "../store/followers.ts";
import { everyHostBlock } from "../store/notices.ts";
import { countExpected, everyOldAccount, noteOldAccount, type OldAccount } from "../store/old-accounts.ts";
import { findPeer } from "../store/peers.ts";
import { everyProbe, type Probe } from "../store/probes.ts";
import { loadOwner } from "../store/stead.ts";
import { accountChecks, type AccountFacts } from "./account-checks.ts";
import { checks, type Check, type Facts } from "./checks.ts";
import { instructions, type Instructions } from "./instructions.ts";
import { lookAgain } from "./old-account.ts";
import { lookAtOurselves } from "./self.ts";
import { windowNow } from "./window.ts";

/** How long a probe's Accept is waited for before it counts as missing. */
const PATIENCE = 60 * SECOND;
/** Signatures that a look at one old account may take, and our own. */
const ACCOUNT_SIGNATURES = 2;
const OWN_SIGNATURES = 1;

export interface AccountReport {
  readonly iri: string;
  readonly handle: string;
  readonly checks: readonly Check[];
  /** `pressed`: it says itself that it has moved here. */
  readonly verdict: "press" | "wait" | "pressed";
  readonly instructions: Instructions;
}

export interface Report {
  readonly checks: readonly Check[];
  readonly accounts: readonly AccountReport[];
  /** Of all: whether Move may be pressed at one of them at least. */
  readonly press: boolean;
}

export type Preflight =
  | { kind: "none" }
  | { kind: "running"; since: number }
  | { kind: "done"; report: Report };

/** Running: at most 3 D1 reads. Done: everything is looked at anew. At most 5 signatures on Free, 6 fetches and 4 for each old account. */
export async function preflight(ctx: Ctx): Promise<Preflight> {
  const [probe] = await everyProbe(ctx.db);
  if (!probe) return { kind: "none" };
  const probeWaits = probe.acceptedAt === null && (await waits(ctx, probe));
  const underWay = probe.acceptedAt === null && (probe.followed ?? 202) === 202 && !probeWaits;
  if (underWay && ctx.clock() - probe.startedAt < PATIENCE)
    return { kind: "running", since: probe.startedAt };
  return { kind: "done", report: await reportOf(ctx, probe, probeWaits) };
}

/** Whether the owner is asked to approve it. 2 D1 reads. */
async function waits(ctx: Ctx, probe: Probe): Promise<boolean> {
  const peer = await findPeer(ctx.db, places.probe(ctx.stead.origin, probe.id));
  return peer !== null && (await findRequest(ctx.db, peer.id)) !== null;
}

async function reportOf(ctx: Ctx, probe: Probe, probeWaits: boolean): Promise<Report> {
  const [owner, window] = [await loadOwner(ctx), await windowNow(ctx)];
  const [stored, [counted], blocks] = await ctx.db.batch([
    everyOldAccount(ctx.db),
    countExpected(ctx.db),
    everyHostBlock(ctx.db),
  ]);
  const aliased = stored.filter(({ iri }) => owner.aliases.includes(iri));
  const { origin, actor, handle, handleDomain, dataKey } = ctx.stead;
  const facts: Facts = {
    origin,
    actor,
    handle,
    handleDomain,
    self: await lookAtOurselves(ctx),
    probe,
    probeWaits,
    locked: owner.locked,
    door: window?.takes ?? null,
    secretFits: dataKey !== null,
    accounts: aliased.length,
    plan: ctx.settings.plan,
    expected: Math.max(
      counted?.people ?? 0,
      aliased.reduce((sum, { followers }) => sum + (followers ?? 0), 0),
    ),
    now: ctx.clock(),
  };
  const blocked = new Set(blocks.map(({ host }) => host));
  const seen = await seeAll(ctx, aliased, blocked, probe);
  const general = checks(facts);
  const ready = general.every(({ result }) => result === "ok");
  const accounts = seen.map((account) => accountReport(ctx, facts, account, ready));
  return { checks: general, accounts, press: accounts.some(({ verdict }) => verdict === "press") };
}

function accountReport(ctx: Ctx, facts: Facts, account: AccountFacts, ready: boolean): AccountReport {
  const { iri, handle } = account;
  const { handle: user, handleDomain, actor } = ctx.stead;
  const own = accountChecks(facts, account);
  const fine = own.every(({ result }) => result === "ok");
  const pressed = account.movedTo === actor;
  return {
    iri,
    handle,
    checks: own,
    verdict: pressed ? "pressed" : ready && fine ? "press" : "wait",
    instructions: instructions(account.nodeInfo, {
      handle: `@${user}@${handleDomain}`,
      actor,
      oldHandle: handle,
      oldActor: iri,
    }),
  };
}

/**
 * As many as may be signed for are looked at now, at random among those that have not answered since the check began; those that have
 * are as they were then.
 */
async function seeAll(ctx: Ctx, accounts: readonly OldAccount[], blocked: ReadonlySet<string>, probe: Probe) {
  const room = Math.floor((ctx.settings.signatures - OWN_SIGNATURES) / ACCOUNT_SIGNATURES);
  const hasAnswered = (account: OldAccount) => account.checkedAt >= probe.startedAt;
  const turns = new Map(accounts.map((account) => [account, Math.random() + (hasAnswered(account) ? 1 : 0)]));
  const now = accounts.toSorted((a, b) => turns.get(a)! - turns.get(b)!).slice(0, room);
  const notes: Statement[] = [];
  const seen = await Promise.all(
    accounts.map(async (account): Promise<AccountFacts> => {
      if (!now.includes(account)) {
        const standing = hasAnswered(account) ? "answers" : "unseen";
        return { ...factsOf(account, blocked), standing };
      }
      const fresh = await freshLook(ctx, account);
      if (fresh.standing === "answers") notes.push(noteOldAccount(ctx.db, account.iri, fresh.seen));
      return { ...factsOf({ ...account, ...fresh.seen }, blocked), ...fresh };
    }),
  );
  await runBatch(ctx.db, notes);
  return seen;
}

async function freshLook(ctx: Ctx, account: OldAccount) {
  const { actor, date, software, version } = await lookAgain(ctx, account);
  const seen = { checkedAt: ctx.clock(), software, version };
  if (actor.kind === "silent") return { seen, date, standing: "silent", detail: actor.problem } as const;
  if (actor.kind === "invalid") return { seen, date, standing: "gone", detail: actor.problem } as const;
  const { iri, movedTo } = actor;
  if (iri === account.iri)
    return { seen: { ...seen, movedTo }, date, movedTo, standing: "answers", detail: "" } as const;
  return { seen, date, standing: "gone", detail: `It calls itself ${iri} now.` } as const;
}

function factsOf(account: OldAccount, blocked: ReadonlySet<string>): AccountFacts {
  const { iri, handle, movedTo, software, version } = account;
  const rule = moveRule(software, version);
  return {
    iri,
    handle,
    standing: "answers",
    detail: "",
    movedTo,
    software: rule.name,
    nodeInfo: software,
    can: rule.can,
    asks: rule.checks,
    note: rule.note,
    blocked: blocked.has(hostOf(iri)),
    date: null,
  };
}
