/** What apps are told they may send. A zero is no oversight: there is none of it yet, and an app shall not offer it. */
import { VERSION } from "../kernel/version.ts";
import { PINS_MAX } from "../owner/pin.ts";
import { FIELDS_MAX, IMAGE_MAX } from "../owner/profile.ts";
import { TEXT_MAX } from "../owner/publish.ts";

/**
 * Apps read it as a promise: Ice Cubes takes 4.3 for grouped notifications, and others ask for them when `api_versions` says so, which is
 * therefore not said. The software's own name is in NodeInfo, which is asked by those who care.
 */
export const API_VERSION = `4.2.0 (compatible; Fedistead ${VERSION})`;

export const CONFIGURATION = {
  accounts: {
    max_featured_tags: 0,
    max_pinned_statuses: PINS_MAX,
    max_profile_fields: FIELDS_MAX,
    avatar_size_limit: IMAGE_MAX,
    header_size_limit: IMAGE_MAX,
  },
  statuses: { max_characters: TEXT_MAX, max_media_attachments: 0, characters_reserved_per_url: 23 },
  media_attachments: {
    supported_mime_types: [],
    description_limit: 1_500,
    image_size_limit: 0,
    image_matrix_limit: 0,
    video_size_limit: 0,
    video_frame_rate_limit: 0,
    video_matrix_limit: 0,
  },
  polls: { max_options: 0, max_characters_per_option: 0, min_expiration: 0, max_expiration: 0 },
};
