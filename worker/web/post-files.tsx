/** What is attached to a post. The owner's own is shown; others' is a link, because loading it would tell their server who reads, and when. */
import { safeHref } from "../kernel/link-host.ts";
import { kindOf } from "../model/media/kinds.ts";
import { OWNER, type Attachment, type Post } from "../model/post.ts";

/** Ours by their path, so that they show under whatever address a proxy gives us. */
export const pathOf = (url: string): string => new URL(url).pathname;

export function Files({ of: post }: { of: Post }) {
  const { attachments, sensitive, summary } = post;
  if (attachments.length === 0) return null;
  if (post.author !== OWNER) return <Links attachments={attachments} />;
  const shown = (
    <div class="files">
      {attachments.map((attachment) => (
        <Shown attachment={attachment} />
      ))}
    </div>
  );
  if (!sensitive) return shown;
  return (
    <details>
      <summary>{summary === "" ? "Sensitive" : "With it"}</summary>
      {shown}
    </details>
  );
}

function Shown({ attachment }: { attachment: Attachment }) {
  const { url, type, alt, width, height, preview } = attachment;
  const src = pathOf(url);
  const size = width && height ? { width, height } : {};
  const still = preview ? { poster: pathOf(preview) } : {};
  switch (kindOf(type)) {
    case "image":
      return (
        <a href={src}>
          <img src={src} alt={alt} {...size} loading="lazy" />
        </a>
      );
    case "video":
      return <video src={src} controls preload="metadata" aria-label={alt || "Film"} {...size} {...still} />;
    case "audio":
      return <audio src={src} controls preload="metadata" aria-label={alt || "Sound"} />;
    case null:
      return <Links attachments={[attachment]} />;
  }
}

function Links({ attachments }: { attachments: readonly Attachment[] }) {
  return (
    <ul class="small">
      {attachments.map(({ url, type, alt }) => {
        const href = safeHref(url);
        const kind = kindOf(type) ?? "file";
        const label = `${kind[0]?.toUpperCase()}${kind.slice(1)}${alt === "" ? ", not described" : `: ${alt}`}`;
        return (
          <li dir="auto">
            {href === null ? (
              label
            ) : (
              <a href={href} rel="noopener noreferrer">
                {label}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
