/**
 * What is still to be fetched of a thread, or of somebody's posts, and in which order: pure. Whoever writes a page of answers can name as many
 * posts as they like, so everything here has an end.
 */
import type { Iri } from "../kernel/brand.ts";

/** One document to be fetched. */
export interface Task {
  /** `post`: one that is wanted. `above`: what a post answers. `list`: a collection or a page of one. `person`: whose posts are wanted. */
  readonly kind: "post" | "above" | "list" | "person";
  readonly iri: Iri;
  /** Answers between it and the post that was opened: below 0 what it answers. Of the pages of a person's posts, which one. */
  readonly depth: number;
  /** What is believed of a list: `answers` to a post, the posts of a `context` (FEP-7888), or the posts `by` a person. */
  readonly from: { readonly kind: "answers" | "context" | "by"; readonly iri: Iri } | null;
  /** How often its server did not answer. */
  readonly tries: number;
}

export interface Plan {
  readonly todo: readonly Task[];
  /** Everything that was ever put on the list, by IRI. */
  readonly seen: readonly Iri[];
  /** Posts that belong together: their answers are joined to them. */
  readonly posts: readonly Iri[];
  /** Pages of collections that were ever put on the list. */
  readonly lists: number;
  /** Documents that were fetched. */
  readonly fetched: number;
}

/** Answers to answers to answers: each level is another request a post. */
export const DEPTH_MAX = 3;
const SEEN_MAX = 200;
const FETCHED_MAX = 120;
/** Pages of collections. */
const LISTS_MAX = 24;
/** What a conversation was about, upwards. */
const ABOVE_MAX = 10;
const TRIES_MAX = 3;
/** Posts of somebody who is followed from now on, and pages that are looked through for them. */
export const LATEST_MAX = 20;
export const LATEST_PAGES = 3;

export const EMPTY_PLAN: Plan = { todo: [], seen: [], posts: [], lists: 0, fetched: 0 };

export const task = (kind: Task["kind"], iri: Iri, depth = 0, from: Task["from"] = null): Task => ({
  kind,
  iri,
  depth,
  from,
  tries: 0,
});

/** With these put on the list, those that were on it once left out, and none beyond what there is room for. */
export function planned(plan: Plan, tasks: readonly Task[]): Plan {
  const seen = new Set(plan.seen);
  let { lists } = plan;
  const todo = [...plan.todo];
  const posts = [...plan.posts];
  for (const one of tasks) {
    if (seen.has(one.iri) || seen.size >= SEEN_MAX) continue;
    if (one.kind === "list" && lists >= LISTS_MAX) continue;
    if (one.depth < -ABOVE_MAX) continue;
    seen.add(one.iri);
    todo.push(one);
    if (one.kind === "list") lists++;
    if (one.kind === "post" || one.kind === "above") posts.push(one.iri);
  }
  return { ...plan, todo, seen: [...seen], posts, lists };
}

/** The next of them, at most so many: what was answered before what answers it, posts before further pages. The rest stays. */
export function nextTasks(plan: Plan, count: number): { tasks: Task[]; rest: Plan } {
  const room = Math.max(0, Math.min(count, FETCHED_MAX - plan.fetched));
  const ordered = plan.todo.toSorted((a, b) => rank(a) - rank(b));
  const tasks = ordered.slice(0, room);
  const todo = room === 0 ? [] : ordered.slice(room);
  return { tasks, rest: { ...plan, todo, fetched: plan.fetched + tasks.length } };
}

const KINDS = { person: 0, above: 0, post: 1, list: 2 } as const;
const rank = ({ kind, depth }: Task): number => Math.max(0, depth) * 3 + KINDS[kind];

/** Once more, when its server did not answer; never after the third time. */
export function again(plan: Plan, failed: readonly Task[]): Plan {
  const tasks = failed
    .filter(({ tries }) => tries + 1 < TRIES_MAX)
    .map((one) => ({ ...one, tries: one.tries + 1 }));
  return { ...plan, todo: [...plan.todo, ...tasks] };
}
