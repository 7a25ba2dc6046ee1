/** What is attached to posts. */
import { changeMedia, DESCRIPTION_MAX, removeMedia, showMedia } from "../media/media.ts";
import { uploadMedia } from "../media/upload.ts";
import type { Route } from "../router.ts";

export const mediaRoutes: readonly Route[] = [
  { method: "POST", path: "/api/v2/media", scope: ["write:media"], streamed: true, handle: uploadMedia },
  { method: "POST", path: "/api/v1/media", scope: ["write:media"], streamed: true, handle: uploadMedia },
  { method: "GET", path: "/api/v1/media/:id{[0-9]+}", scope: ["write:media"], handle: showMedia },
  {
    method: "PUT",
    path: "/api/v1/media/:id{[0-9]+}",
    scope: ["write:media"],
    maxBody: DESCRIPTION_MAX,
    handle: changeMedia,
  },
  { method: "DELETE", path: "/api/v1/media/:id{[0-9]+}", scope: ["write:media"], handle: removeMedia },
];
