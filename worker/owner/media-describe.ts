/** What the owner says of a file they sent: what is to be seen, what must not be cut off, a still picture for it. */
import type { Ctx } from "../kernel/ctx.ts";
import { newSecret } from "../kernel/secret-token.ts";
import { Unfit } from "../model/media/bytes.ts";
import { kindOf, sniff } from "../model/media/kinds.ts";
import { WAYS } from "../model/media/strip.ts";
import type { Focus } from "../model/post.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { mediaById, nameStill, updateMedia, type Media, type Still } from "../store/media.ts";
import { newRow, once, stripped, type Received } from "./media.ts";
import { giveUp } from "./media-sweep.ts";

/** Of a description, in characters: Mastodon shows no more. */
export const ALT_MAX = 1_500;
const TRANSCRIPT_MAX = 20_000;
/** Of a still picture sent along with a film or sound, in bytes. */
export const PREVIEW_MAX = 2_000_000;

export interface Described {
  readonly alt?: string;
  /** Every word that is said; shown and sent below the post. */
  readonly transcript?: string;
  readonly focus?: Focus | null;
  /** A still picture of it, in bytes. */
  readonly preview?: Uint8Array;
}

export type Uploaded =
  | { readonly kind: "uploaded"; readonly media: Media }
  | { readonly kind: "invalid"; readonly problem: string };

const invalid = (problem: string) => ({ kind: "invalid", problem }) as const;

/** The file is there to be attached, with what is said of it. 1 D1 row. */
export async function completeMedia(
  ctx: Ctx,
  { id, name, facts }: Received,
  said: Described,
): Promise<Uploaded> {
  const changed = await changeOf(ctx, facts.type, said);
  if (changed.kind === "invalid") {
    await giveUp(ctx, id);
    return changed;
  }
  const change = { ...facts, ...changed.change };
  await runBatch(ctx.db, changing(ctx, id, { change, still: changed.still }));
  const [media] = await mediaById(ctx.db, [id], ctx.clock());
  return media ? { kind: "uploaded", media } : invalid(`The file ${name} was removed meanwhile`);
}

/** Says something else of a file that no post shows yet. Null: there is none of that number. 1 D1 row. */
export async function describeMedia(ctx: Ctx, id: number, said: Described): Promise<Uploaded | null> {
  const media = await unattachedMedia(ctx, id);
  if (!media) return null;
  const changed = await changeOf(ctx, media.type, said);
  if (changed.kind === "invalid") return changed;
  await runBatch(ctx.db, changing(ctx, id, changed));
  return { kind: "uploaded", media: { ...media, ...changed.change } };
}

/** The owner's file that no post shows yet. 1 D1 read. */
export async function unattachedMedia(ctx: Ctx, id: number): Promise<Media | null> {
  const [media] = await mediaById(ctx.db, [id], ctx.clock());
  return media && media.post === null ? media : null;
}

interface Changed {
  readonly kind: "change";
  readonly change: Partial<Pick<Media, "alt" | "transcript" | "focus" | "preview">>;
  /** The new still picture. */
  readonly still: Still | null;
}

/** To be batched: none where nothing was said. */
export function changing(
  { db }: Ctx,
  id: number,
  { change, still }: { change: Parameters<typeof updateMedia>[2]; still: Still | null },
): Statement[] {
  if (Object.keys(change).length === 0) return [];
  const update = updateMedia(db, id, change);
  if (!still) return [update];
  const { before, after } = nameStill(db, id, still);
  return [before, update, after];
}

/** What becomes of the row. An app knows one description: of a film or a sound a long one is the transcript, and its beginning the description. */
export async function changeOf(
  ctx: Ctx,
  type: string,
  { alt, transcript, focus, preview }: Described,
): Promise<Changed | { kind: "invalid"; problem: string }> {
  const long = alt !== undefined && alt.length > ALT_MAX;
  if (long && (kindOf(type) === "image" || transcript !== undefined))
    return invalid(`Description is too long (maximum is ${ALT_MAX} characters)`);
  const words = transcript ?? (long ? alt : undefined);
  if (words !== undefined && words.length > TRANSCRIPT_MAX)
    return invalid(`Transcript is too long (maximum is ${TRANSCRIPT_MAX} characters)`);
  const still = preview === undefined ? null : await keptPreview(ctx, preview);
  if (still?.kind === "invalid") return still;
  return {
    kind: "change",
    change: {
      ...(alt === undefined ? {} : { alt: long ? `${alt.slice(0, ALT_MAX - 1)}…` : alt }),
      ...(words === undefined ? {} : { transcript: words }),
      ...(focus === undefined ? {} : { focus }),
      ...(still ? { preview: still.name } : {}),
    },
    still,
  };
}

/** Under a row of its own until the file's row names it: whenever this breaks off, nothing is left over. */
async function keptPreview(ctx: Ctx, bytes: Uint8Array) {
  const port = ctx.ports.media;
  const extension = sniff(bytes);
  const way = extension === null ? null : WAYS[extension];
  if (!port || extension === null || way?.kind !== "whole") return invalid("The thumbnail is no picture");
  if (bytes.length > PREVIEW_MAX) return invalid(`A thumbnail may have ${PREVIEW_MAX / 1_000_000} MB`);
  try {
    const clean = stripped(way.strip, bytes);
    const name = `${newSecret()}.${extension}`;
    const id = await newRow(ctx, name);
    await port.put(name, once(clean.bytes));
    return { kind: "kept", id, name } as const;
  } catch (cause) {
    if (cause instanceof Unfit) return invalid(`Thumbnail: ${cause.message}`);
    throw cause;
  }
}
