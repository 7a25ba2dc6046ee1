/** The Accepts that came: each looked at as the follower's server would, and remembered. */
import type { FloodModel } from "./flood-model.ts";
import type { Arrival, Person } from "./world.ts";

export class FloodAccepts {
  readonly #model: FloodModel;
  readonly #actor: string;
  readonly #byInbox: ReadonlyMap<string, Person>;
  /** Of each person and Follow (null: without an id), the ids of the Accepts. */
  readonly #ids = new Map<string, Map<string | null, Set<string>>>();
  readonly problems: string[] = [];
  /** performance.now() at which each person got the first Accept of a Follow, in order. */
  readonly firsts: number[] = [];

  /** `actor`: whose Accepts they are. */
  constructor(actor: string, people: readonly Person[], model: FloodModel) {
    this.#actor = actor;
    this.#model = model;
    this.#byInbox = new Map(people.map((person) => [person.inbox, person]));
  }

  /** Takes what arrived, its signature verified already. */
  note({ host, path, activity, at }: Arrival): void {
    const person = this.#byInbox.get(`https://${host}${path}`);
    const problem = person ? this.#problemOf(person, activity) : `nobody's own inbox: ${host}${path}`;
    if (!person || problem) return void this.problems.push(`${String(activity.type)}: ${problem}`);
    const { id: follow = null } = activity.object as { id?: string };
    const follows = this.#ids.get(person.id) ?? new Map<string | null, Set<string>>();
    const ids = follows.get(follow) ?? new Set();
    if (ids.size === 0) this.firsts.push(at);
    this.#ids.set(person.id, follows.set(follow, ids.add(String(activity.id))));
  }

  /** Whether a person's server knows that this Follow was accepted: by its id, or without any. */
  has(person: string, follow: string | null): boolean {
    const follows = this.#ids.get(person);
    return follows !== undefined && (follows.has(follow) || follows.has(null));
  }

  /** Follows of which several Accepts came that are not the same. A Follow without an id may be sent, and accepted, again. */
  get different(): number {
    const all = [...this.#ids.values()].flatMap((follows) => [...follows]);
    return all.filter(([follow, ids]) => follow !== null && ids.size > 1).length;
  }

  #problemOf(person: Person, { id, type, actor, object }: Arrival["activity"]): string | null {
    if (type !== "Accept") return "nobody asked for that";
    if (typeof id !== "string" || !id.startsWith(new URL(this.#actor).origin))
      return `its id is ${String(id)}`;
    if (actor !== this.#actor) return `it is of ${String(actor)}`;
    if (typeof object !== "object" || object === null) return "the Follow is not in it";
    const follow = object as Record<string, unknown>;
    if (follow["type"] !== "Follow" || follow["actor"] !== person.id || follow["object"] !== this.#actor)
      return `it is about ${JSON.stringify(object)}`;
    const named = follow["id"] ?? null;
    if (named !== null && typeof named !== "string") return `the Follow's id is ${JSON.stringify(named)}`;
    return this.#model.mayBeAccepted(person.id, named)
      ? null
      : `${person.id} sent no Follow ${String(named)}`;
  }
}
