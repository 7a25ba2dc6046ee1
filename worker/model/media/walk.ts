/**
 * A walk through a file that comes in pieces: a parser says step by step what is to become of the next bytes. Holds back no more than the
 * header it waits for; what may be large is never held.
 */
import { concat, CUT_OFF, Unfit } from "./bytes.ts";

/** What the headers tell. `seconds` is how long it plays. */
export interface Facts {
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
}

export interface Scrubber {
  /** Takes the next bytes, which are given away, and returns what is to be kept of them. Throws `Unfit`. */
  push(bytes: Uint8Array): Uint8Array;
  /** After the last bytes. Throws `Unfit` when there should have been more. */
  end(): Facts;
}

export type Step =
  /** Looks at bytes, and may change them where they are. At most `READ_MAX`. `last`: the file may end before them. */
  | { readonly kind: "read"; readonly length: number; readonly last?: boolean; next(bytes: Uint8Array): Step }
  /** After a look: the same bytes once more, and as many behind them that they are so many. */
  | { readonly kind: "again"; readonly length: number }
  /** Leaves bytes as they are, fills them with zeros, or takes them out. */
  | { readonly kind: "pass" | "blank" | "drop"; readonly length: number; next(): Step }
  /** Leaves all that comes. */
  | { readonly kind: "rest" };

/** What a walk can begin with. */
export type First = Exclude<Step, { kind: "again" }>;

/** Longest that a parser may ask to look at, in bytes. */
export const READ_MAX = 65_536;

export class Walk implements Scrubber {
  #step: First;
  /** Of the step, how much is left to go. */
  #left: number;
  #held: Uint8Array = new Uint8Array();
  readonly #facts: () => Facts;

  constructor(first: First, facts: () => Facts) {
    this.#step = first;
    this.#left = lengthOf(first);
    this.#facts = facts;
  }

  push(given: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? given : concat([this.#held, given]);
    const kept: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    for (let step = this.#step; step.kind !== "rest"; step = this.#step) {
      const here = Math.min(this.#left, bytes.length - at);
      if (step.kind === "read" && here < this.#left) break;
      if (step.kind === "blank") bytes.fill(0, at, at + here);
      if (step.kind === "drop") {
        kept.push(bytes.subarray(from, at));
        from = at + here;
      }
      this.#left -= here;
      if (this.#left > 0) {
        at += here;
        break;
      }
      const next = step.kind === "read" ? step.next(bytes.subarray(at, at + here)) : step.next();
      if (next.kind === "again" && step.kind === "read")
        this.#go({ ...step, last: false, length: next.length });
      else {
        at += here;
        this.#go(next);
      }
    }
    if (this.#step.kind === "rest") at = bytes.length;
    this.#held = bytes.slice(at);
    kept.push(bytes.subarray(from, at));
    return kept.length === 1 ? kept[0]! : concat(kept);
  }

  end(): Facts {
    const step = this.#step;
    const over =
      step.kind === "rest" || (step.kind === "read" && step.last === true && this.#held.length === 0);
    if (!over) throw new Unfit(CUT_OFF);
    return this.#facts();
  }

  #go(step: Step): void {
    if (step.kind === "again") throw new Unfit("The file is damaged");
    this.#step = step;
    this.#left = lengthOf(step);
  }
}

function lengthOf(step: Step): number {
  if (step.kind === "rest") return 0;
  if (!(step.length >= 0) || (step.kind === "read" && step.length > READ_MAX))
    throw new Unfit("The file is damaged");
  return step.length;
}
