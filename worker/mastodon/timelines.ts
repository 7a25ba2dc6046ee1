/** Lists of posts, a page at a time: each is the owner's, or shows strangers no more than what the owner says to everybody. */
import {
  heldEntries,
  homeEntries,
  linkEntries,
  publicEntries,
  taggedEntries,
  type Origin,
  type Tags,
} from "../store/timelines.ts";
import { page, spanIn } from "./pages.ts";
import type { Params } from "./params.ts";
import type { GrantedCall, OpenCall } from "./router.ts";

/** 1 D1 call of 3 statements, whatever the page. */
export async function home(call: GrantedCall): Promise<Response> {
  const span = spanIn(call.params);
  return page(call, homeEntries(span, call.ctx.clock()), span, true);
}

/** What others say is for the owner to read: it tells whom they follow. */
function originIn({ params, byOwner }: OpenCall): Origin {
  const [local, remote] = [params.flag("local") ?? false, params.flag("remote") ?? false];
  if (!byOwner) return remote && !local ? "none" : "own";
  if (local === remote) return "all";
  return local ? "own" : "others";
}

export async function everybody(call: OpenCall): Promise<Response> {
  const span = spanIn(call.params);
  const onlyMedia = call.params.flag("only_media") ?? false;
  return page(call, publicEntries(originIn(call), onlyMedia, span, call.ctx.clock()), span, call.byOwner);
}

/** Tags beside the one in the path, at most. */
const TAGS_MAX = 4;

const tagsIn = (params: Params, name: string): string[] =>
  params
    .texts(name)
    .map((tag) => tag.replace(/^#/, ""))
    .slice(0, TAGS_MAX);

export async function tagged(call: OpenCall): Promise<Response> {
  const { params, path, byOwner } = call;
  const span = spanIn(params);
  const tags: Tags = {
    any: [path("hashtag"), ...tagsIn(params, "any")],
    all: tagsIn(params, "all"),
    none: tagsIn(params, "none"),
  };
  const onlyMedia = params.flag("only_media") ?? false;
  return page(call, taggedEntries(tags, originIn(call), onlyMedia, span, call.ctx.clock()), span, byOwner);
}

/** What is said about a page, by its address. */
export async function linked(call: OpenCall): Promise<Response> {
  const span = spanIn(call.params);
  const entries = linkEntries(call.params.raw("url"), originIn(call), span, call.ctx.clock());
  return page(call, entries, span, call.byOwner);
}

/** In the order in which the owner did it: pages go by that, and by the Link header alone. */
export const held = (kind: "like" | "bookmark") => (call: GrantedCall) => {
  const span = spanIn(call.params);
  return page(call, heldEntries(kind, span), span, true);
};
