/** What is attached to a post, as Mastodon's `MediaAttachment`. */
import type { Ctx } from "../../kernel/ctx.ts";
import { parseIri } from "../../kernel/iri.ts";
import { kindOf } from "../../model/media/kinds.ts";
import type { Attachment } from "../../model/post.ts";
import { shownFrom } from "../../owner/media-proxy.ts";
import type { View } from "./view.ts";

/** `id` is the file's own; of others' posts it is made of the post's number and the place in it. Strangers get the addresses others gave. */
export function toAttachments(
  ctx: Ctx,
  { own, byOwner }: Pick<View, "own" | "byOwner">,
  post: number,
  attachments: readonly Attachment[],
) {
  return attachments.flatMap((attachment, n) => {
    const { media, url, preview } = attachment;
    if (parseIri(url) === null) return [];
    const remote = media === undefined;
    const still = preview === undefined || parseIri(preview) === null ? null : preview;
    const made = toMedia(attachment, remote ? `${post}${String(n).padStart(2, "0")}` : String(media));
    // What is no picture, film or sound is opened as a page, where it lies.
    const shown = (at: string) => (byOwner && made.type !== "unknown" ? shownFrom(ctx, own.profile, at) : at);
    return {
      ...made,
      url: shown(url),
      preview_url: made.preview_url && shown(made.preview_url),
      remote_url: remote ? url : null,
      preview_remote_url: remote ? still : null,
    };
  });
}

/** One of the owner's files, attached or not. A picture is its own preview: nothing here makes it smaller. */
export function toMedia(attachment: Attachment, id = String(attachment.media)) {
  const { url, type, alt, preview, blurhash } = attachment;
  const kind = kindOf(type) ?? "unknown";
  return {
    id,
    type: kind,
    url,
    preview_url: preview ?? (kind === "image" ? url : null),
    remote_url: null as string | null,
    preview_remote_url: null as string | null,
    text_url: null,
    meta: metaOf(attachment),
    description: alt === "" ? null : alt,
    blurhash: blurhash ?? null,
  };
}

function metaOf({ width, height, duration, focus, preview }: Attachment) {
  const size = width && height ? { width, height, size: `${width}x${height}`, aspect: width / height } : {};
  const seconds = duration === undefined ? {} : { duration: duration / 1_000 };
  const original = { ...size, ...seconds };
  if (Object.keys(original).length === 0 && !focus) return {};
  return {
    ...(focus ? { focus: { x: focus[0], y: focus[1] } } : {}),
    original,
    ...(preview === undefined && Object.keys(size).length > 0 ? { small: size } : {}),
  };
}
