/** The way to a server whose people are known: one of them is asked for. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { deliveryInbox, type Peer } from "../model/peer.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { lookUp } from "../peers/webfinger.ts";
import type { Expected } from "../store/expected.ts";
import type { PersonFound } from "../store/greetings.ts";
import { readActor } from "../vocab/read-actor.ts";

/** Somebody who can show the way, and the peer they are, when we know them. */
export interface Guide {
  readonly row: Expected;
  readonly peer: Peer | null;
}

export type Way =
  | { kind: "known" }
  /** `inbox`: the server's shared one where it has one. `person`: who was asked, and what came of it. */
  | { kind: "found"; inbox: Iri; rfc9421: boolean; person: PersonFound | null }
  | { kind: "lost"; problem: string; person: PersonFound | null }
  /** Somebody else is to be asked. */
  | { kind: "again"; person: PersonFound | null };

/**
 * Asks for the first of them who was not asked since `since`; nobody at all when one is a peer we know. At most 5 fetches and 2 signatures,
 * mostly 1; writes nothing.
 */
export async function wayTo(ctx: Ctx, guides: readonly Guide[], since: UnixMs): Promise<Way> {
  const known = guides.find(({ peer }) => peer !== null)?.peer;
  if (known) return { kind: "found", inbox: deliveryInbox(known), rfc9421: known.rfc9421, person: null };
  const left = guides.filter(({ row }) => row.lookedAt === null || row.lookedAt < since);
  const [next] = left;
  if (!next) {
    const problem = guides.map(({ row }) => row.problem).findLast((one) => one !== null);
    return { kind: "lost", problem: problem ?? "nobody of its people could be found", person: null };
  }
  const { row } = next;
  const found = await findPerson(ctx, row);
  switch (found.kind) {
    case "found": {
      const { iri, inbox } = found.actor;
      const person = { id: row.id, to: hash52(iri), iri, inbox, problem: null };
      return { kind: "found", inbox: deliveryInbox(found.actor), rfc9421: false, person };
    }
    case "down":
      return { kind: "lost", problem: found.problem, person: missed(row, found.problem) };
    case "missing": {
      const person = missed(row, found.problem);
      return left.length > 1 ? { kind: "again", person } : { kind: "lost", problem: found.problem, person };
    }
  }
}

const missed = ({ id, iri }: Expected, problem: string): PersonFound => {
  return { id, to: id, iri, inbox: null, problem };
};

export type FoundPerson =
  | { kind: "found"; actor: Pick<Peer, "iri" | "inbox" | "sharedInbox"> }
  /** Their server does not answer. */
  | { kind: "down"; problem: string }
  | { kind: "missing"; problem: string };

/** Somebody of the list, freshly fetched: by their id, or by their address. A page that leads to an actor counts as that actor's. */
export async function findPerson(
  ctx: Ctx,
  { iri, address }: Pick<Expected, "iri" | "address">,
): Promise<FoundPerson> {
  const asked = iri === null ? await lookUp(ctx, address ?? "") : ({ kind: "found", actor: iri } as const);
  if (asked.kind === "not-found")
    return { kind: asked.down ? "down" : "missing", problem: asked.detail.slice(0, 200) };
  const fetched = await fetchDocument(ctx, asked.actor);
  switch (fetched.kind) {
    case "document": {
      const actor = readActor(fetched.json);
      return actor && actor.iri === fetched.iri
        ? { kind: "found", actor }
        : { kind: "missing", problem: "its document is no account" };
    }
    case "gone":
      return { kind: "missing", problem: "the account is gone" };
    case "unreachable":
      return { kind: "down", problem: `its server does not answer (${fetched.detail.slice(0, 100)})` };
    case "refused":
      return { kind: "missing", problem: `its server does not show it (${fetched.detail.slice(0, 100)})` };
  }
}
