/** What a fetched document brings to a backfill: posts that may be kept, and where more of them are. Believes no more than its origin said. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { sameOrigin } from "../kernel/iri.ts";
import { DEPTH_MAX, LATEST_PAGES, task, type Task } from "../model/backfill.ts";
import type { Post } from "../model/post.ts";
import { embedded, idOf, type Json, type JsonObject } from "../vocab/read.ts";
import { isCollection, postIn, readItems } from "../vocab/read-collection.ts";
import { readPost, type RemotePost } from "../vocab/read-post.ts";

export interface Read {
  /** Each from its own origin, by its author, for everybody. */
  readonly posts: RemotePost[];
  readonly tasks: Task[];
}

const NOTHING: Read = { posts: [], tasks: [] };

/** `iri`: where the document is, which is also its id. `now`: nothing was published later. */
export function readTask(one: Task, iri: Iri, json: JsonObject, now: UnixMs): Read {
  switch (one.kind) {
    case "person":
      return { posts: [], tasks: listsOf(one.iri, json) };
    case "list":
      return isCollection(json) && one.from ? readList(one, one.from, iri, json, now) : NOTHING;
    case "post":
    case "above":
      return readOne(one, json, now);
  }
}

/** What is to be done instead of fetching a post that is held already; null: it has to be fetched, for its list of answers. */
export function tasksOfHeld(one: Task, post: Post): Task[] | null {
  if (one.kind === "above") return post.replyToIri ? [task("above", post.replyToIri, one.depth - 1)] : [];
  return one.kind === "post" && (one.depth >= DEPTH_MAX || one.from?.kind === "by") ? [] : null;
}

/** The outbox; what is pinned, when there is none. */
function listsOf(person: Iri, json: JsonObject): Task[] {
  const list = idOf(json["outbox"]) ?? idOf(json["featured"]);
  return list && sameOrigin(list, person) ? [task("list", list, 0, { kind: "by", iri: person })] : [];
}

function readList(
  { depth }: Task,
  from: NonNullable<Task["from"]>,
  iri: Iri,
  json: JsonObject,
  now: UnixMs,
): Read {
  const { items, next } = readItems(json);
  const page = from.kind === "by" ? depth + 1 : depth;
  const more = next && sameOrigin(next, iri) && page < (from.kind === "by" ? LATEST_PAGES : DEPTH_MAX + 1);
  const tasks = more ? [task("list", next, page, from)] : [];
  if (from.kind !== "by") return { posts: [], tasks: [...named(items, depth, from), ...tasks] };
  const entries = items.flatMap((item) => postIn(item) ?? []);
  // A server is believed about its own posts, wherever on it they lie.
  const whole = entries.filter((entry) => entry.json !== null && sameOrigin(entry.iri, iri));
  const bare = entries.filter((entry) => entry.json === null);
  return {
    posts: whole.flatMap((entry) => open(readPost(entry.json ?? {}, now), from) ?? []),
    tasks: [...bare.map((entry) => task("post", entry.iri, DEPTH_MAX, from)), ...tasks],
  };
}

/** Whoever wrote the list, each post is fetched where it lives. */
function named(items: readonly Json[], depth: number, from: NonNullable<Task["from"]>): Task[] {
  const below = from.kind === "context" ? DEPTH_MAX : depth + 1;
  return items.flatMap((item) => {
    const iri = postIn(item)?.iri;
    return iri ? [task("post", iri, below, from)] : [];
  });
}

function readOne(one: Task, json: JsonObject, now: UnixMs): Read {
  const object = postIn(json)?.json ?? json;
  const { from, depth } = one;
  const post = open(readPost(object, now), from);
  if (!post) return NOTHING;
  if (one.kind === "above") {
    const above = post.replyToIri;
    return { posts: [post], tasks: above ? [task("above", above, depth - 1)] : [] };
  }
  const deeper = depth < DEPTH_MAX && from?.kind !== "by";
  return { posts: [post], tasks: deeper ? around(post.iri, object, depth) : [] };
}

/** Where the answers to a post are listed, and, for the one that was opened, the whole conversation (FEP-7888). */
function around(iri: Iri, json: JsonObject, depth: number): Task[] {
  const answers = { kind: "answers", iri } as const;
  const inside = embedded(json["replies"]);
  const { items, next } = inside ? readItems(inside) : { items: [], next: idOf(json["replies"]) };
  const goesOn = next && sameOrigin(next, iri) ? [task("list", next, depth, answers)] : [];
  const context = depth === 0 ? idOf(json["context"]) : null;
  return [
    ...named(items, depth, answers),
    ...goesOn,
    ...(context ? [task("list", context, depth, { kind: "context", iri: context })] : []),
  ];
}

/** The post, when it is what was to be expected there and may be kept. */
function open(post: RemotePost | null, from: Task["from"]): RemotePost | null {
  if (!post || !sameOrigin(post.iri, post.author)) return null;
  if (post.visibility !== "public" && post.visibility !== "quiet") return null;
  switch (from?.kind) {
    case undefined:
      return post;
    case "answers":
      return post.replyToIri === from.iri ? post : null;
    case "context":
      return post.replyToIri === null ? null : post;
    case "by":
      return post.author === from.iri ? post : null;
  }
}
