/** Looking at an account that may move here: what it is, who follows it, and whether it can be moved at all. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hostOf, parseIri, sameOrigin } from "../kernel/iri.ts";
import { checkUrl } from "../kernel/safe-fetch.ts";
import { moveRule, softwareOfHost, type MoveRule } from "../model/move-rules.ts";
import { handleOf } from "../model/peer.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { nodeInfo, type NodeInfo } from "../peers/nodeinfo.ts";
import { lookUp } from "../peers/webfinger.ts";
import { hostBlock } from "../store/notices.ts";
import type { OldAccount } from "../store/old-accounts.ts";
import { readActor } from "../vocab/read-actor.ts";
import { idOf, type JsonObject } from "../vocab/read.ts";

/** The account as it was seen; `addedAt` is for whoever keeps it. */
export type Seen = Omit<OldAccount, "addedAt">;

export interface SeenAccount {
  readonly seen: Seen;
  readonly rule: MoveRule;
  /** The owner takes nothing from its server, so nobody would come from there. */
  readonly blocked: boolean;
  /** Its server's clock, unix ms; null when it did not say. */
  readonly date: number | null;
}

export type Looked =
  | ({ kind: "found" } & SeenAccount)
  /** It did not answer, so nothing is known but its id: it can be pointed at as it stands. */
  | ({ kind: "unseen"; problem: string } & SeenAccount)
  | { kind: "invalid"; problem: string };

/**
 * Takes a handle, the address of a profile or an actor's id. At most 2 documents with 2 signatures each, 3 fetches of WebFinger and 2 of
 * NodeInfo, beside redirects.
 */
export async function lookAt(ctx: Ctx, typed: string): Promise<Looked> {
  const found = await lookUp(ctx, typed);
  if (found.kind === "not-found") return { kind: "invalid", problem: found.detail };
  const problem = whatIsWrongWith(ctx, found.actor);
  if (problem) return { kind: "invalid", problem };
  const account = await seeActor(ctx, found.actor);
  switch (account.kind) {
    case "invalid":
      return account;
    case "silent": {
      const unseen = { kind: "unseen", problem: account.problem } as const;
      return { ...unseen, ...(await around(ctx, found.actor, nameIn(typed) ?? "", null, null)) };
    }
    case "actor": {
      const { iri, json, username, movedTo } = account;
      const wrong = whatIsWrongWith(ctx, iri);
      if (wrong) return { kind: "invalid", problem: wrong };
      const handle = nameIn(typed) ?? handleOf({ iri, username });
      return { kind: "found", ...(await around(ctx, iri, handle, json, movedTo)) };
    }
  }
}

/** Why this can not be anybody's old account; null when it can. */
function whatIsWrongWith(ctx: Ctx, iri: Iri): string | null {
  if (iri === ctx.stead.actor || iri.startsWith(`${ctx.stead.origin}/`)) return "That is this stead itself.";
  if (iri.includes("#")) return "An account's id has no # in it.";
  const checked = checkUrl(ctx.door, iri);
  if (checked.ok) return null;
  return `This can not be an account's id (${checked.detail}). Ids are https addresses.`;
}

type Actor =
  | { kind: "actor"; iri: Iri; json: JsonObject; username: string; movedTo: Iri | null }
  | { kind: "silent"; problem: string }
  | { kind: "invalid"; problem: string };

async function seeActor(ctx: Ctx, iri: Iri): Promise<Actor> {
  const host = hostOf(iri);
  const fetched = await fetchDocument(ctx, iri);
  switch (fetched.kind) {
    case "document": {
      const actor = readActor(fetched.json);
      if (!actor || actor.iri !== fetched.iri)
        return { kind: "invalid", problem: `There is no account at ${iri}.` };
      return { ...actor, kind: "actor", json: fetched.json };
    }
    case "gone":
      // Threads answers so for everybody who does not share, and to servers it does not know.
      return softwareOfHost(host) === "threads"
        ? { kind: "silent", problem: `${host} does not show it to us.` }
        : { kind: "invalid", problem: `${host} says that there is no such account.` };
    case "unreachable":
    case "refused":
      return { kind: "silent", problem: `${host} did not show it to us (${fetched.detail}).` };
  }
}

async function around(ctx: Ctx, iri: Iri, handle: string, json: JsonObject | null, movedTo: Iri | null) {
  const { origin, host } = new URL(iri);
  const [info, followers, blocks] = await Promise.all([
    nodeInfo(ctx, origin),
    json === null ? null : countFollowers(ctx, iri, json),
    hostBlock(ctx.db, host),
  ]);
  const { name, version } = softwareOf(host, info);
  const seen: Seen = {
    iri,
    handle: handle || host,
    software: name,
    version,
    followers,
    movedTo,
    checkedAt: ctx.clock(),
  };
  return { seen, rule: moveRule(name, version), blocked: blocks.length > 0, date: info.date };
}

function softwareOf(host: string, info: NodeInfo): { name: string; version: string } {
  const known = softwareOfHost(host);
  return known === null || info.name === known ? info : { name: known, version: "" };
}

/** `totalItems` of its followers collection; null where it is hidden, elsewhere or none. At most 2 signatures. */
async function countFollowers(ctx: Ctx, iri: Iri, json: JsonObject): Promise<number | null> {
  const collection = idOf(json["followers"]);
  if (!collection || !sameOrigin(collection, iri)) return null;
  const fetched = await fetchDocument(ctx, collection);
  const total = fetched.kind === "document" ? fetched.json["totalItems"] : null;
  return typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : null;
}

/** `user@host` in what was typed; null when an address was typed. */
function nameIn(typed: string): string | null {
  const text = typed.trim().replace(/^acct:/i, "");
  const match = parseIri(text) ? null : /^@?([^@\s/]+)@([^@\s/]+)$/.exec(text);
  return match ? `${match[1]}@${match[2]!.toLowerCase()}` : null;
}

/** The actor alone, as a preflight sees it again. At most 2 signatures. */
export async function lookAgain(ctx: Ctx, account: OldAccount) {
  const actor = await seeActor(ctx, account.iri);
  const { date, ...info } = await nodeInfo(ctx, new URL(account.iri).origin);
  const { name, version } = info.answered
    ? softwareOf(new URL(account.iri).host, { ...info, date })
    : { name: account.software, version: account.version };
  const said =
    name === "" ? { software: account.software, version: account.version } : { software: name, version };
  return { actor, date, ...said };
}
