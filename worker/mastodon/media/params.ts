/** What an app says of files. */
import type { Attaching } from "../../owner/attach.ts";
import type { Described } from "../../owner/media-describe.ts";
import type { Focus } from "../../model/post.ts";
import { idIn } from "../pages.ts";
import type { Params } from "../params.ts";

/** `x,y`, each from -1 to 1; what is beyond is at the edge. Null: no focus. */
export function focusIn(text: string): Focus | null {
  const [x, y, more] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (x === undefined || y === undefined || more !== undefined || Number.isNaN(x) || Number.isNaN(y))
    return null;
  const kept = (at: number) => Math.min(1, Math.max(-1, at));
  return [kept(x), kept(y)];
}

/** `transcript` is our own word: apps that know it can say what is to be heard. */
export function describedIn(params: Params): Described {
  const [alt, transcript] = [params.text("description"), params.text("transcript")];
  return {
    ...(alt === null ? {} : { alt }),
    ...(transcript === null ? {} : { transcript }),
    ...(params.has("focus") ? { focus: focusIn(params.raw("focus")) } : {}),
  };
}

/** `media_ids[]`, and `media_attributes[]` of an edit. Nothing when neither was sent: then the post's files stay. */
export function attachIn(params: Params, shown: readonly number[] = []): { attach?: Attaching } {
  const said = params.list("media_attributes").flatMap((one): [number, Described][] => {
    const id = idIn(one.raw("id"));
    return id === null ? [] : [[id, describedIn(one)]];
  });
  if (!params.has("media_ids") && said.length === 0) return {};
  const media = params.has("media_ids") ? params.texts("media_ids").map((id) => idIn(id) ?? -1) : shown;
  return { attach: { media, said } };
}
