/**
 * Answers to questions whose true answer is that there is nothing. Some apps fail where a question is not known (official iOS on Explore).
 * Nothing is answered here that might be otherwise: what is not built is 404.
 */
import { json } from "./answers.ts";

export const none = (): Response => json([]);
export const nothing = (): Response => json({});

/** As Mastodon's defaults. The page to write on has no others to keep yet. */
export function preferences(): Response {
  return json({
    "posting:default:visibility": "public",
    "posting:default:sensitive": false,
    "posting:default:language": null,
    "reading:expand:media": "default",
    "reading:expand:spoilers": false,
    "reading:autoplay:gifs": false,
  });
}
