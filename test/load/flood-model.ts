/**
 * Who follows, by the rules of the fediverse and nothing of our code: folded from what was received, in the order of receipt. A Follow is
 * over when its id was taken back, before or after it came; a newer Follow replaces an older one; an Undo of one that was replaced or
 * taken back before, or a copy of it, changes nothing.
 */
import type { Step } from "./flood-plan.ts";

interface Standing {
  /** The newest Follow's id, null when it has none; undefined: does not follow. */
  follow: string | null | undefined;
  readonly undone: Set<string>;
  readonly replaced: Set<string>;
  /** Ids of all Follows that were sent, received or not: an Accept may name no other. */
  readonly sent: Set<string | null>;
}

export class FloodModel {
  readonly #people = new Map<string, Standing>();
  /** People whose sender gave up without knowing whether its request was taken. */
  readonly uncertain = new Set<string>();

  /** It is about to be sent for the first time. */
  sent({ person, letter }: Step): void {
    if (letter.kind === "follow" && !letter.forged) this.#of(person.id).sent.add(letter.follow);
  }

  /** It was answered with 2xx. What one person sends is told one after the other. */
  took({ person, letter }: Step): void {
    if (letter.forged) return;
    const standing = this.#of(person.id);
    if (letter.kind === "undo") undo(standing, letter.follow);
    else follow(standing, letter.follow);
  }

  /** Whether an Accept may name this Follow; null: it names none. */
  mayBeAccepted(person: string, follow: string | null): boolean {
    const sent = this.#people.get(person)?.sent ?? new Set();
    return follow === null ? sent.size > 0 : sent.has(follow);
  }

  /** Everybody who follows, with the id of their newest Follow. */
  followers(): Map<string, string | null> {
    const followers = new Map<string, string | null>();
    for (const [person, { follow: id }] of this.#people) if (id !== undefined) followers.set(person, id);
    return followers;
  }

  #of(person: string): Standing {
    const known = this.#people.get(person);
    if (known) return known;
    const standing = {
      follow: undefined,
      undone: new Set<string>(),
      replaced: new Set<string>(),
      sent: new Set<string | null>(),
    };
    this.#people.set(person, standing);
    return standing;
  }
}

function follow(standing: Standing, id: string | null): void {
  const { follow: current, undone, replaced } = standing;
  if (id !== null && (undone.has(id) || replaced.has(id))) return;
  if (current === undefined) standing.follow = id;
  else if (id !== null && id !== current) {
    if (current !== null) replaced.add(current);
    standing.follow = id;
  }
}

function undo(standing: Standing, id: string | null): void {
  if (id === null) throw new Error("an Undo that names nothing");
  const { follow: current, undone, replaced } = standing;
  const late = replaced.has(id) || (undone.has(id) && typeof current === "string" && current !== id);
  undone.add(id);
  if (!late) standing.follow = undefined;
}
