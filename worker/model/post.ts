import type { Iri, SafeHtml, UnixMs } from "../kernel/brand.ts";
import type { Visibility } from "./audience.ts";
import type { Poll } from "./poll.ts";

export interface Mention {
  readonly iri: Iri;
  /** `user@host`. */
  readonly handle: string;
  readonly url: string;
}

export interface Attachment {
  readonly url: string;
  /** MIME type, or "" when it was not said. */
  readonly type: string;
  readonly alt: string;
  /** Pixels, as it is shown. */
  readonly width?: number;
  readonly height?: number;
  /** How long it plays, in ms. */
  readonly duration?: number;
  readonly focus?: Focus;
  readonly blurhash?: string;
  /** A still picture of it. */
  readonly preview?: string;
  /** Of the owner's own: its number in `media`. */
  readonly media?: number;
}

/** What must not be cut off: x from -1, left, to 1, right; y from -1, the bottom, to 1, the top. */
export type Focus = readonly [x: number, y: number];

/** The app that one of the owner's posts was written in. */
export interface PostApp {
  readonly name: string;
  readonly website: string | null;
}

/** What own and remote posts have in common. */
export interface PostContent {
  readonly iri: Iri;
  readonly url: string | null;
  readonly title: string | null;
  readonly html: SafeHtml;
  /** Content warning, plain text. */
  readonly summary: string;
  readonly sensitive: boolean;
  readonly language: string | null;
  readonly visibility: Visibility;
  readonly replyToIri: Iri | null;
  readonly mentions: Mention[];
  readonly tags: string[];
  readonly attachments: Attachment[];
  /** Null: nothing is asked. */
  readonly poll: Poll | null;
  readonly publishedAt: UnixMs;
  readonly editedAt: UnixMs | null;
}

/** A post at rest. `author` 0 is the owner. */
export interface Post extends Omit<PostContent, "publishedAt"> {
  /** `published ms * 1000 + n`. */
  readonly id: number;
  readonly author: number;
  readonly source: string | null;
  readonly replyTo: number | null;
  readonly mentionsOwner: boolean;
  readonly kept: boolean;
  readonly receivedAt: UnixMs;
  readonly deletedAt: UnixMs | null;
  readonly document: string | null;
  /** What the owner chose in another's poll; null: nothing. */
  readonly ownVotes: number[] | null;
  /** Of direct posts from or to the owner. */
  readonly conversation: number | null;
}

export const OWNER = 0;

/**
 * Ids of posts are their time: `published ms * 1000 + n`, below 2^53 until 2255. `n` is even: boosts are numbered among the posts, and theirs is
 * odd, so that neither can ever take the other's number.
 */
export const idFromTime = (at: UnixMs, n = 0): number => at * 1_000 + n;

export const timeFromId = (id: number): UnixMs => Math.floor(id / 1_000) as UnixMs;
