/** What is attached to a post, as Mastodon's `MediaAttachment`; where it lies on another server it is shown from there. */
import { parseIri } from "../../kernel/iri.ts";
import type { Attachment } from "../../model/post.ts";

const KINDS = ["image", "video", "audio"] as const;

/** `id` is made of the post's number and the place in it. */
export function toAttachments(post: number, attachments: readonly Attachment[]) {
  return attachments.flatMap(({ url, type, alt }, n) => {
    if (parseIri(url) === null) return [];
    const kind = KINDS.find((one) => type.startsWith(`${one}/`)) ?? "unknown";
    return {
      id: `${post}${String(n).padStart(2, "0")}`,
      type: kind,
      url,
      preview_url: kind === "image" ? url : null,
      remote_url: url,
      preview_remote_url: null,
      text_url: null,
      meta: {},
      description: alt === "" ? null : alt,
      blurhash: null,
    };
  });
}
