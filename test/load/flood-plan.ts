/** Who sends what, and in which order: made before the flood begins, from the seed alone. */
import { availableParallelism } from "node:os";

import { signedHeaders } from "./cavage.ts";
import type { FloodPerson } from "./flood-hosts.ts";
import type { Random } from "./random.ts";
import { messageSignedHeaders } from "./rfc9421.ts";
import { followBody, habits, undoBody, undoesById } from "./softwares.ts";
import type { World } from "./world.ts";

/** Out of 1 person each. */
const COPY = 0.1;
const UNDO = 0.05;
const FOLLOW_UNDO_FOLLOW = 0.02;
const FORGED = 0.01;
/** How far apart the activities of one person are at most, as a part of the whole flood. */
const SPREAD = 0.3;

/** A request as it is sent, once or several times. */
export interface Letter {
  readonly kind: "follow" | "undo";
  /** Signed with a key that is nobody's. */
  readonly forged: boolean;
  /** The id that the Follow has, or that the Undo names; null: a Follow without one. */
  readonly follow: string | null;
  readonly path: "/inbox" | "/actor/inbox";
  readonly body: string;
  headers: Record<string, string>;
}

export interface Step {
  readonly person: FloodPerson;
  readonly letter: Letter;
}

export class FloodPlan {
  readonly #actor: string;
  readonly #random: Random;
  readonly #mischief: boolean;

  /** `actor`: who is followed. */
  constructor(actor: string, random: Random, mischief: "all" | "none") {
    this.#actor = actor;
    this.#random = random;
    this.#mischief = mischief === "all";
  }

  /** What all of them send, in the order in which it is sent. */
  steps(people: readonly FloodPerson[]): Step[] {
    return people
      .flatMap((person) => {
        const letters = this.#withCopy(person, this.#letters(person));
        const begin = this.#random.next();
        const times = letters
          .map((_, n) => (n === 0 ? 0 : this.#random.next() * SPREAD))
          .toSorted((a, b) => a - b);
        return letters.map((letter, n) => ({ step: { person, letter }, at: begin + times[n]! }));
      })
      .toSorted((a, b) => a.at - b.at)
      .map(({ step }) => step);
  }

  #letters(person: FloodPerson): Letter[] {
    const follow = this.#follow(person, false);
    if (!this.#mischief) return [follow];
    const chance = this.#random.next();
    // Half of the forged are Follows of people who never follow, half would take back what somebody else did.
    if (chance < FORGED / 2) return [this.#follow(person, true)];
    if (chance < FORGED) return [follow, this.#undo(person, follow, true)];
    if (chance < FORGED + UNDO) {
      const undo = this.#undo(person, follow, false);
      const early = undoesById(person.home.software) && this.#random.chance(0.5);
      return early ? [undo, follow] : [follow, undo];
    }
    if (chance < FORGED + UNDO + FOLLOW_UNDO_FOLLOW)
      return [follow, this.#undo(person, follow, false), this.#follow(person, false)];
    return [follow];
  }

  /** One in ten sends something twice: the second time at any later moment, where it can be told from a new Follow. */
  #withCopy(person: FloodPerson, letters: Letter[]): Letter[] {
    if (!this.#random.chance(COPY)) return letters;
    const at = this.#random.below(letters.length);
    const last = undoesById(person.home.software) ? letters.length : at + 1;
    return letters.toSpliced(at + 1 + this.#random.below(last - at), 0, letters[at]!);
  }

  #follow(person: FloodPerson, forged: boolean): Letter {
    const { software } = person.home;
    const id = habits[software].followId(this.#random, person.id);
    const body = followBody(software, { id, actor: person.id, object: this.#actor });
    return { kind: "follow", forged, follow: id, path: this.#inboxFor(person), body, headers: {} };
  }

  #undo(person: FloodPerson, { follow }: Letter, forged: boolean): Letter {
    const { software } = person.home;
    const pair = { id: follow, actor: person.id, object: this.#actor };
    const body = undoBody(software, pair, habits[software].undoId(this.#random, person.id));
    const named = habits[software].undoneId(pair);
    return { kind: "undo", forged, follow: named, path: this.#inboxFor(person), body, headers: {} };
  }

  #inboxFor({ home }: FloodPerson): Letter["path"] {
    const { to } = habits[home.software];
    const shared = to === "either" ? this.#random.chance(0.5) : to === "shared";
    return shared ? "/inbox" : "/actor/inbox";
  }
}

/** Signs everything beforehand, so that the run measures who reads signatures and not who writes them. 0.8 ms each. */
export async function signAll(steps: readonly Step[], world: World, origin: string): Promise<void> {
  const waiting = [...new Map(steps.map(({ person, letter }) => [letter, person]))];
  const sign = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [letter, person] = next;
      const { algorithm, covered, contentType } = habits[person.home.software];
      const privateKey = letter.forged ? world.nobodysKey : person.privateKey;
      const url = new URL(letter.path, origin);
      const post = {
        keyId: person.keyId,
        privateKey,
        url,
        body: letter.body,
        algorithm,
        covered,
        contentType,
      };
      letter.headers = await (person.home.rfc9421 ? messageSignedHeaders(post) : signedHeaders(post));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, sign));
}
