/** A post that waits for its time, as Mastodon's `ScheduledStatus`. Tusky wants a text and a visibility; what was not said is null. */
import { SECOND } from "../../kernel/clock.ts";
import type { ScheduledPost } from "../../owner/schedule.ts";
import type { Attachment } from "../../model/post.ts";
import { timestamp } from "../answers.ts";
import { toMedia } from "./attachment.ts";
import { visibilityWord } from "./status.ts";

export function toScheduledStatus({ id, at, app, draft }: ScheduledPost, files: readonly Attachment[]) {
  const { poll, attach } = draft;
  const media = attach?.media ?? [];
  return {
    id: String(id),
    scheduled_at: timestamp(at),
    params: {
      text: draft.text,
      spoiler_text: draft.summary,
      sensitive: draft.sensitive ?? null,
      visibility: visibilityWord(draft.visibility),
      language: draft.language,
      in_reply_to_id: draft.replyTo === null ? null : String(draft.replyTo),
      poll: poll
        ? {
            options: poll.options,
            expires_in: poll.lasts / SECOND,
            multiple: poll.multiple,
            hide_totals: poll.hideTotals,
          }
        : null,
      media_ids: media.length === 0 ? null : media.map(String),
      application_id: app,
      scheduled_at: null,
      idempotency: null,
      with_rate_limit: false,
    },
    media_attachments: media.flatMap((one) =>
      files.filter((file) => file.media === one).map((file) => toMedia(file)),
    ),
  };
}
