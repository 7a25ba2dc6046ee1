/**
 * The owner's plain text, read. A small Markdown made for posts: somebody who never heard of Markdown must
 * not be surprised by it, so `f*cking`, `snake_case`, `>_<` and `1984. It` stay as typed. Pure; what
 * becomes of the tokens is said in `compose.ts`.
 */
import { parseInline, type Token } from "./markdown-inline.ts";

export type Block =
  | { kind: "paragraph"; tokens: Token[] }
  | { kind: "code"; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; start: number | null; items: Block[][] };

/** Quotes and lists inside of each other; what is deeper is text. */
const DEPTH_MAX = 6;

const FENCE = /^``` *[\w.+#-]*\s*$/;
const FENCE_END = /^```\s*$/;
const QUOTE = /^>(?: |$)/;
const ITEM = /^(?:[-*]|(\d{1,3})[.)]) +(?=\S)/;

/** Text to blocks. Never fails: what is no markup is text. */
export function parseBlocks(text: string): Block[] {
  return blocksOf(text.split("\n"), 0);
}

function blocksOf(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  const take = (test: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && test(lines[at] ?? "")) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at++] ?? "";
    const kind = kindOf(line, depth);
    switch (kind) {
      case "blank":
        break;
      case "code":
        blocks.push({ kind, text: take((next) => !FENCE_END.test(next)).join("\n") });
        at++;
        break;
      case "quote": {
        const quoted = [line, ...take((next) => QUOTE.test(next))].map((each) => each.replace(QUOTE, ""));
        blocks.push({ kind, blocks: blocksOf(quoted, depth + 1) });
        break;
      }
      case "list": {
        const start = numberOf(line);
        const items: Block[][] = [];
        at--;
        while (
          at < lines.length &&
          ITEM.test(lines[at] ?? "") &&
          (numberOf(lines[at] ?? "") === null) === (start === null)
        ) {
          const first = lines[at++] ?? "";
          const indent = new RegExp(`^ {1,${ITEM.exec(first)?.[0].length ?? 1}}`);
          const rest = take((next) => /^ {2,}\S/.test(next)).map((next) => next.replace(indent, ""));
          items.push(blocksOf([first.replace(ITEM, ""), ...rest], depth + 1));
        }
        blocks.push({ kind, start, items });
        break;
      }
      case "paragraph": {
        const text = [line, ...take((next) => continues(next, depth))].map((each) => each.trim()).join("\n");
        blocks.push({ kind, tokens: parseInline(text) });
        break;
      }
      default:
        kind satisfies never;
    }
  }
  return blocks;
}

function kindOf(line: string, depth: number): Block["kind"] | "blank" {
  if (line.trim() === "") return "blank";
  if (FENCE.test(line)) return "code";
  if (depth < DEPTH_MAX && QUOTE.test(line)) return "quote";
  return depth < DEPTH_MAX && ITEM.test(line) ? "list" : "paragraph";
}

/**
 * Whether a line goes on with the paragraph above it. A number begins a list there only when it is 1: "it
 * was in\n1984. Then".
 */
function continues(line: string, depth: number): boolean {
  const kind = kindOf(line, depth);
  return kind === "paragraph" || (kind === "list" && (numberOf(line) ?? 1) !== 1);
}

/** The number of an ordered item, null for any other line. */
function numberOf(line: string): number | null {
  const digits = ITEM.exec(line)?.[1];
  return digits === undefined ? null : Number(digits);
}
