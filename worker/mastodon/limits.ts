/** What apps are told they may send. A zero is no oversight: there is none of it yet, and an app shall not offer it. */
import { SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { VERSION } from "../kernel/version.ts";
import { LASTS_MAX, LASTS_MIN, OPTION_MAX, OPTIONS_MAX } from "../model/poll.ts";
import { MEDIA_TYPES } from "../model/media/kinds.ts";
import { ATTACHED_MAX } from "../owner/attach.ts";
import { FILM_MAX, PICTURE_MAX, PIXELS_MAX } from "../owner/media.ts";
import { ALT_MAX } from "../owner/media-describe.ts";
import { PINS_MAX } from "../owner/pin.ts";
import { FIELDS_MAX, IMAGE_MAX } from "../owner/profile.ts";
import { TEXT_MAX } from "../owner/draft.ts";
import { FEATURED_TAGS_MAX } from "../owner/tags.ts";

/**
 * Apps read both as a promise: Ice Cubes takes 4.3 for grouped notifications, the official Android app 2 for them, 3 for PKCE and 4 for Web
 * Push by its standard; 5 and more are not built. The software's own name is in NodeInfo, which is asked by those who care.
 */
export const API_VERSION = `4.3.0 (compatible; Fedistead ${VERSION})`;
export const API_VERSIONS = { mastodon: 4 };

/** Without a bucket nothing can be attached, and an app is told so. */
export const configurationOf = ({ ports, settings }: Ctx) => ({
  accounts: {
    max_featured_tags: FEATURED_TAGS_MAX,
    max_pinned_statuses: PINS_MAX,
    max_profile_fields: FIELDS_MAX,
    avatar_size_limit: IMAGE_MAX,
    header_size_limit: IMAGE_MAX,
  },
  statuses: {
    max_characters: TEXT_MAX,
    max_media_attachments: ports.media ? ATTACHED_MAX : 0,
    characters_reserved_per_url: 23,
  },
  media_attachments: {
    supported_mime_types: ports.media ? [...new Set<string>(Object.values(MEDIA_TYPES)), ...ALSO_CALLED] : [],
    description_limit: ALT_MAX,
    image_size_limit: ports.media ? PICTURE_MAX : 0,
    image_matrix_limit: ports.media ? PIXELS_MAX : 0,
    video_size_limit: ports.media ? FILM_MAX[settings.plan] : 0,
    // Nothing looks into a film's pictures: these are as large as Mastodon takes them.
    video_frame_rate_limit: ports.media ? 120 : 0,
    video_matrix_limit: ports.media ? VIDEO_PIXELS_MAX : 0,
  },
  polls: {
    max_options: OPTIONS_MAX,
    max_characters_per_option: OPTION_MAX,
    min_expiration: LASTS_MIN / SECOND,
    max_expiration: LASTS_MAX / SECOND,
  },
});

/** What apps look for under another name (Mastodon's list has both). */
const ALSO_CALLED = [
  "audio/webm",
  "audio/mp3",
  "audio/x-wav",
  "audio/wave",
  "audio/x-m4a",
  "audio/m4a",
  "audio/x-flac",
];
const VIDEO_PIXELS_MAX = 8_294_400;
