/**
 * What a peer software is to a test: where its actors live, how it signs, and the documents and activities in the shapes it sends them.
 * A verb that a software does not send to a person on another server is left out.
 */
import type { Doc, SignOptions } from "../peer.ts";

export const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
export const AS = "https://www.w3.org/ns/activitystreams";

/** Who speaks, as their own server knows them. */
export interface Me {
  readonly id: string;
  readonly name: string;
  /** `mastodon.test` */
  readonly host: string;
  /** `https://mastodon.test` */
  readonly origin: string;
  readonly keyId: string;
  readonly pem: string;
  /** A number nobody had before. */
  next(): string;
}

/** The stead, as a peer sees it. */
export interface Ours {
  readonly actor: string;
  /** `me@me.test` */
  readonly handle: string;
  /** Id of a post of the stead's. */
  readonly post: string;
}

export interface Software {
  readonly name: string;
  readonly host: string;
  readonly actorId: (origin: string, name: string) => string;
  readonly keyId: (actor: string) => string;
  /** Where it brings what concerns one person. */
  readonly inbox: "personal" | "shared";
  readonly signs?: SignOptions;
  readonly actor: (me: Me) => Doc;
  /** A Follow of an actor. */
  readonly follow?: (me: Me, target: string) => Doc;
  readonly undoFollow?: (me: Me, follow: Doc) => Doc;
  /** Its answers to a Follow of the stead's. */
  readonly accept: (me: Me, follow: Doc) => Doc;
  readonly reject?: (me: Me, follow: Doc) => Doc;
  /** A post that answers one of the stead's and names its owner: the object alone. */
  readonly reply: (me: Me, ours: Ours) => Doc;
  readonly create: (me: Me, note: Doc) => Doc;
  /** The post in new words, `<p>Edited</p>`: the whole Update. */
  readonly edit?: (me: Me, note: Doc) => Doc;
  readonly remove: (me: Me, note: Doc) => Doc;
  /** The account is gone. */
  readonly leave?: (me: Me) => Doc;
  /** The account has a new document. */
  readonly updateActor?: (me: Me, document: Doc) => Doc;
  readonly like?: (me: Me, ours: Ours) => Doc;
  readonly undoLike?: (me: Me, like: Doc) => Doc;
  /** A reaction that says something: EmojiReact, or a Like with content. */
  readonly react?: (me: Me, ours: Ours, emoji: string) => Doc;
  readonly announce?: (me: Me, post: string) => Doc;
  readonly undoAnnounce?: (me: Me, announce: Doc) => Doc;
  readonly block?: (me: Me, target: string) => Doc;
  readonly undoBlock?: (me: Me, block: Doc) => Doc;
  /** A report about the owner and a post. Some servers send it as an actor of their own, `reporter`. */
  readonly flag?: (me: Me, ours: Ours, text: string) => Doc;
  readonly move?: (me: Me, target: string) => Doc;
}

/** Now, to the second: what most servers write. */
export const seconds = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** The activity without `@context`, as it is embedded in another. */
export function bare(activity: Doc): Doc {
  const { "@context": _, ...rest } = activity;
  return rest;
}
