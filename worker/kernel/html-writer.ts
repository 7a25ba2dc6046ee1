/**
 * Writes HTML that is whole whatever comes: every tag closed, in order, never deeper or longer than the
 * limits. It trusts its caller for the names and attributes of tags (the sanitiser's list) and nobody for
 * their order.
 */
import { decodeEntities, escapeHtml } from "./html-text.ts";
import { hostNote } from "./link-host.ts";

/** Longest HTML written, in characters. */
export const OUTPUT_MAX = 200_000;
/**
 * Tags open at once. A quoted list in a quoted list needs eight; browsers stop at 512, the parsers in some
 * apps much earlier.
 */
const DEPTH_MAX = 32;

const BLOCKS = new Set(["p", "pre", "blockquote", "ul", "ol", "hr", "h1", "h2", "h3", "h4", "h5", "h6"]);
const PARAGRAPHS = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6"]);
const LISTS = new Set(["ul", "ol"]);
const LINES = new Set([...BLOCKS, "li"]);

export interface Attributes {
  /** As it goes into the tag, values escaped, with a space in front; or "". */
  html: string;
  /** Where an `a` leads. */
  href?: string;
  /** Peers hide what is inside (Mastodon's class `invisible`). */
  invisible?: boolean;
}

interface Piece {
  html: string;
  /** What a reader of plain text gets. */
  text: string;
  /** Hidden inside of its link. */
  hidden: boolean;
}

interface Open extends Attributes {
  name: string;
  /** Index of its piece. */
  at: number;
  cost: number;
}

/** One document in, by `open`, `close`, `leaf` and `text`, then `end`. Linear in what it is given. */
export class HtmlWriter {
  readonly #pieces: Piece[] = [];
  readonly #open: Open[] = [];
  #room = OUTPUT_MAX;
  #full = false;

  text(raw: string): void {
    const whole: string = escapeHtml(raw);
    const html = whole.length <= this.#room ? whole : cutHtml(whole, this.#room);
    if (html !== "" && this.#take(html.length)) {
      const link = this.#last((open) => open.href !== undefined);
      const hidden = this.#open.slice(link + 1).some((open) => open.invisible);
      const text = decodeEntities(html);
      this.#pieces.push({ html, text: this.#isOpen("pre") ? text : text.replace(/[\t\n ]+/g, " "), hidden });
    }
    this.#full ||= html !== whole;
  }

  /** A tag that has no inside: `br`, `hr`. */
  leaf(name: string): void {
    this.#endWhatCannotHold(name);
    const html = `<${name}>`;
    if (this.#take(html.length)) this.#pieces.push({ html, text: "\n", hidden: false });
  }

  open(name: string, attributes: Attributes): void {
    if (name === "li" && !this.#isOpen("ul") && !this.#isOpen("ol")) return this.open("p", { html: "" });
    if ((name === "rt" || name === "rp") && !this.#isOpen("ruby")) return;
    this.#endWhatCannotHold(name);
    const html = `<${name}${attributes.html}>`;
    const cost = html.length + name.length + "</>".length;
    if (this.#open.length === DEPTH_MAX || !this.#take(cost)) return;
    this.#open.push({ ...attributes, name, at: this.#pieces.length, cost });
    this.#pieces.push({ html, text: LINES.has(name) ? "\n" : "", hidden: false });
  }

  /** Closes the innermost open tag of that name with all that is open in it; nothing when there is none. */
  close(name: string): void {
    const at = this.#last((open) => open.name === name);
    if (at >= 0) this.#closeTo(at);
  }

  end(): { html: string; text: string } {
    this.#closeTo(0);
    return {
      html: this.#pieces.map((piece) => piece.html).join(""),
      text: this.#pieces.map((piece) => piece.text).join(""),
    };
  }

  /** What the HTML parser would close by itself, we close, so that text and tree say the same. */
  #endWhatCannotHold(name: string): void {
    if (BLOCKS.has(name)) this.#closeFrom((open) => PARAGRAPHS.has(open.name));
    if (name === "a") this.#closeFrom((open) => open.name === "a");
    if (name === "li") this.#closeTo(this.#last((open) => LISTS.has(open.name)) + 1);
    if (name === "rt" || name === "rp") this.#closeTo(this.#last((open) => open.name === "ruby") + 1);
  }

  #closeFrom(test: (open: Open) => boolean): void {
    const at = this.#last(test);
    if (at >= 0) this.#closeTo(at);
  }

  #closeTo(depth: number): void {
    while (this.#open.length > depth) this.#closeOne();
  }

  #closeOne(): void {
    const open = this.#open.pop();
    if (open === undefined) return;
    const start = this.#pieces[open.at];
    if (this.#pieces.length - 1 === open.at || start === undefined) {
      // it ended empty: nobody misses it
      this.#pieces.pop();
      this.#room += open.cost;
      return;
    }
    if (open.href !== undefined && !this.#tellHost(open.href, open.at)) {
      start.html = "";
      return;
    }
    this.#pieces.push({ html: `</${open.name}>`, text: BLOCKS.has(open.name) ? "\n" : "", hidden: false });
  }

  /** False when the note had to be and there was no room for it: then there must be no link either. */
  #tellHost(href: string, at: number): boolean {
    const inside = this.#pieces.slice(at + 1);
    const full = inside.map((piece) => piece.text).join("");
    const shown = inside.map((piece) => (piece.hidden ? "" : piece.text)).join("");
    const text = hostNote(href, full, shown);
    if (text === "") return true;
    const html = escapeHtml(text);
    if (!this.#take(html.length)) return false;
    this.#pieces.push({ html, text, hidden: false });
    return true;
  }

  #take(cost: number): boolean {
    this.#full ||= cost > this.#room;
    if (!this.#full) this.#room -= cost;
    return !this.#full;
  }

  #isOpen(name: string): boolean {
    return this.#last((open) => open.name === name) >= 0;
  }

  #last(test: (open: Open) => boolean): number {
    return this.#open.findLastIndex(test);
  }
}

/** Escaped text cut to at most that length, never inside of a reference or a surrogate pair. */
function cutHtml(html: string, length: number): string {
  return html.slice(0, length).replace(/&[^;&]{0,5}$|[\ud800-\udbff]$/, "");
}
