/** Files that the owner sent become part of a post, or cease to be. */
import type { SafeHtml, UnixMs } from "../kernel/brand.ts";
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { escapeHtml, sanitise } from "../kernel/sanitise.ts";
import { places } from "../model/places.ts";
import type { Attachment } from "../model/post.ts";
import { changes, runBatch, type Statement } from "../store/batch.ts";
import { attachMedia, giveUpMedia, mediaById, releaseMedia, type Media } from "../store/media.ts";
import { sweepMedia } from "./media-sweep.ts";
import { changeOf, changing, type Described } from "./media-describe.ts";

/** As Mastodon: more would be cut off there. */
export const ATTACHED_MAX = 4;
/** What was taken out of a post can be put back for so long. */
const RELEASED_KEPT = DAY;

/** How a post's attachments shall be: which, in this order, and what is said anew of some. */
export interface Attaching {
  readonly media: readonly number[];
  readonly said?: readonly (readonly [id: number, said: Described])[];
}

export type Attached =
  | {
      readonly kind: "attached";
      readonly attachments: Attachment[];
      /** Below the text, so that who can not hear it reads it wherever the post is read. */
      readonly transcripts: SafeHtml;
      /** With the post, in one batch. It fails as `TAKEN` when one was attached elsewhere meanwhile. */
      readonly statements: (post: number) => Statement[];
    }
  | { readonly kind: "invalid"; readonly problem: string };

const NONE: Attached = {
  kind: "attached",
  attachments: [],
  transcripts: escapeHtml(""),
  statements: () => [],
};
export const NOT_THERE = "One of the files is not there, or belongs to another post";

/** Looks at the files; writes nothing but new still pictures. `post` and `before`: what is edited, and what it shows now. 1 D1 read. */
export async function attaching(
  ctx: Ctx,
  { media: wanted, said }: Attaching = { media: [] },
  post: number | null = null,
  before: readonly Attachment[] = [],
): Promise<Attached> {
  const ids = [...new Set(wanted)];
  const gone = before.flatMap(({ media }) => (media === undefined || ids.includes(media) ? [] : [media]));
  if (ids.length === 0 && gone.length === 0) return NONE;
  if (ids.length > ATTACHED_MAX)
    return { kind: "invalid", problem: `A post takes at most ${ATTACHED_MAX} files` };
  const now = ctx.clock();
  const found = new Map((await mediaById(ctx.db, ids, now)).map((media) => [media.id, media]));
  const saidOf = new Map(said);
  const shown: Media[] = [];
  const changes: Statement[] = [];
  for (const id of ids) {
    const media = found.get(id);
    if (!media || (media.post !== null && media.post !== post))
      return { kind: "invalid", problem: NOT_THERE };
    const changed = await changeOf(ctx, media.type, saidOf.get(id) ?? {});
    if (changed.kind === "invalid") return changed;
    shown.push({ ...media, ...changed.change });
    changes.push(...changing(ctx, id, changed));
  }
  return {
    kind: "attached",
    attachments: shown.map((media) => attachmentOf(ctx, media)),
    transcripts: transcriptsOf(shown),
    statements: (at) => [
      ...(ids.length === 0 ? [] : [attachMedia(ctx.db, ids, at, now)]),
      ...(gone.length === 0 ? [] : [releaseMedia(ctx.db, gone, (now + RELEASED_KEPT) as UnixMs)]),
      ...changes,
    ],
  };
}

/** A post is gone, and what it showed with it. To be batched with it; `removeReleased` after. */
export function detachAll(ctx: Ctx, attachments: readonly Attachment[]): Statement[] {
  const ids = attachments.flatMap(({ media }) => media ?? []);
  return ids.length === 0 ? [] : [releaseMedia(ctx.db, ids, 0 as UnixMs)];
}

/** Bytes of what a deleted post showed go at once; should that fail, with the next sweep. */
export function removeReleased(ctx: Ctx, attachments: readonly Attachment[]): void {
  if (attachments.some(({ media }) => media !== undefined)) ctx.ports.background(sweepMedia(ctx));
}

/** The file is not there any more. False: there is none, or a post shows it. 2 D1 calls. */
export async function removeUnattached(ctx: Ctx, id: number): Promise<boolean> {
  const [media] = await mediaById(ctx.db, [id], ctx.clock());
  if (!media || media.post !== null) return false;
  const [given] = await runBatch(ctx.db, [giveUpMedia(ctx.db, id)]);
  // A post has taken it meanwhile.
  if (changes(given) === 0) return false;
  ctx.ports.background(sweepMedia(ctx));
  return true;
}

/** The post's words, and below them what is said in its films and sounds. Both are sanitised. */
export const withTranscripts = (html: SafeHtml, { transcripts }: { transcripts: SafeHtml }): SafeHtml =>
  `${html}${transcripts}` as SafeHtml;

export function attachmentOf(ctx: Ctx, media: Media): Attachment {
  const { origin } = ctx.stead;
  const { id, name, type, alt, width, height, duration, focus, blurhash, preview } = media;
  return {
    url: places.media(origin, name),
    type,
    alt,
    media: id,
    ...(width === null || height === null ? {} : { width, height }),
    ...(duration === null ? {} : { duration }),
    ...(focus === null ? {} : { focus }),
    ...(blurhash === null ? {} : { blurhash }),
    ...(preview === null ? {} : { preview: places.media(origin, preview) }),
  };
}

function transcriptsOf(media: readonly Media[]): SafeHtml {
  const paragraphs = media
    .filter(({ transcript }) => transcript.trim() !== "")
    .map(({ transcript }) => {
      const lines = transcript.trim().split(/\n{2,}/);
      const said = lines.map((line) => `<p>${escapeHtml(line).replaceAll("\n", "<br>")}</p>`);
      return `<p><strong>Transcript</strong></p>${said.join("")}`;
    });
  return sanitise(paragraphs.join(""));
}
