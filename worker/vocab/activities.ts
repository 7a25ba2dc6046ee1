/**
 * The activities that leave. They are made of documents that are serialised already, so each is a thin wrapper and costs nothing: no
 * second pass through JSON-LD.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Addressing } from "../model/audience.ts";
import { idOf, type JsonObject } from "./read.ts";

const AS = "https://www.w3.org/ns/activitystreams";

function idIn(document: JsonObject): Iri {
  const id = idOf(document["id"]);
  if (!id) throw new TypeError("a document of ours without an id");
  return id;
}

/** Mastodon and others read `published` of the Create; the audience is the object's own. */
export function create(actor: Iri, note: JsonObject): JsonObject {
  const { "@context": context = AS, ...object } = note;
  return {
    "@context": context,
    id: `${idIn(note)}#create`,
    type: "Create",
    actor,
    published: object["published"],
    to: object["to"],
    cc: object["cc"],
    object,
  };
}

/** `at` makes the id new for each change. */
export function update(actor: Iri, document: JsonObject, audience: Addressing, at: UnixMs): JsonObject {
  const { "@context": context = AS, ...object } = document;
  return {
    "@context": context,
    id: `${idIn(document)}#updates/${at}`,
    type: "Update",
    actor,
    to: audience.to,
    cc: audience.cc,
    object,
  };
}

export function remove(actor: Iri, tombstone: JsonObject, audience: Addressing): JsonObject {
  const id = idIn(tombstone);
  return {
    "@context": AS,
    id: `${id}#delete`,
    type: "Delete",
    actor,
    to: audience.to,
    cc: audience.cc,
    object: { id, type: "Tombstone" },
  };
}

export function follow(actor: Iri, target: Iri, id: Iri): JsonObject {
  return { "@context": AS, id, type: "Follow", actor, object: target, to: [target] };
}

/** The account has gone to `target`. Never with the object embedded: nobody sends it so, and Mastodon compares it with the signer. */
export function move(actor: Iri, target: Iri, followers: Iri, at: UnixMs): JsonObject {
  const id = `${actor}#moves/${at}`;
  return { "@context": AS, id, type: "Move", actor, object: actor, target, to: [followers] };
}

/** The whole Follow is embedded: Misskey's id differs from the one it knows, GoToSocial wants the object. */
export function undoFollow(actor: Iri, target: Iri, id: Iri): JsonObject {
  const object = { id, type: "Follow", actor, object: target };
  return { "@context": AS, id: `${id}/undo`, type: "Undo", actor, to: [target], object };
}

/** ActivityPub §6.9. The server of who is blocked is told, as Mastodon does, so that it hides one from the other. */
export function block(actor: Iri, target: Iri, id: Iri): JsonObject {
  return { "@context": AS, id, type: "Block", actor, object: target, to: [target] };
}

/** Made of whom and since when, so that its Undo can name it. */
export const blockId = (actor: Iri, peer: number, at: UnixMs) => `${actor}#blocks/${peer}/${at}` as Iri;

/** A report: about an account, and posts of it. Without an audience: it is for those who look after that server. */
export function flag(actor: Iri, id: Iri, objects: readonly Iri[], content: string): JsonObject {
  return { "@context": AS, id, type: "Flag", actor, object: [...objects], content };
}

export interface Answered {
  readonly follower: Iri;
  /** The Follow's own id, verbatim; null when it had none (Pixelfed). */
  readonly followIri: string | null;
}

/**
 * Answers a Follow. Own id, the whole Follow embedded: GoToSocial refuses an Accept without an id, Threads answers 500 to a bare
 * one, Mastodon and Misskey match by the pair.
 */
export function answerFollow(
  type: "Accept" | "Reject",
  id: string,
  actor: Iri,
  answered: Answered,
): JsonObject {
  const object: JsonObject = { type: "Follow", actor: answered.follower, object: actor };
  if (answered.followIri !== null) object["id"] = answered.followIri;
  return { "@context": AS, id, type, actor, to: [answered.follower], object };
}

/** Stable over every retry: it is made of the follower's number. */
export const acceptId = (actor: Iri, follower: number) => `${actor}#accepts/${follower}`;
