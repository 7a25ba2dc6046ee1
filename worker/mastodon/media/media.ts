/** Files that no post shows yet: looked at, described, removed. */
import { attachmentOf, removeUnattached } from "../../owner/attach.ts";
import { describeMedia, unattachedMedia } from "../../owner/media-describe.ts";
import { json, refused } from "../answers.ts";
import { toMedia } from "../entities/attachment.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { describedIn } from "./params.ts";

/** Of a description with a thumbnail, in bytes. */
export const DESCRIPTION_MAX = 3_000_000;

/** Never 206: what is there is ready. 1 D1 read. */
export async function showMedia({ ctx, path }: GrantedCall): Promise<Response> {
  const media = await unattachedMedia(ctx, idIn(path("id")) ?? -1);
  return media ? json(toMedia(attachmentOf(ctx, media))) : refused({ kind: "not-found" });
}

export async function changeMedia({ ctx, path, params }: GrantedCall): Promise<Response> {
  const preview = await params.file("thumbnail")?.arrayBuffer();
  const said = { ...describedIn(params), ...(preview ? { preview: new Uint8Array(preview) } : {}) };
  const described = await describeMedia(ctx, idIn(path("id")) ?? -1, said);
  if (!described) return refused({ kind: "not-found" });
  return described.kind === "invalid"
    ? refused({ kind: "invalid", problem: described.problem })
    : json(toMedia(attachmentOf(ctx, described.media)));
}

export async function removeMedia({ ctx, path }: GrantedCall): Promise<Response> {
  const removed = await removeUnattached(ctx, idIn(path("id")) ?? -1);
  return removed ? json({}) : refused({ kind: "not-found" });
}
