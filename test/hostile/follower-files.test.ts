import { describe, expect, it } from "vitest";

import { FILE_MAX, readFollowerFile } from "../../worker/moving/lists/follower-file.ts";
import { advanced, beginning, readCursor } from "../../worker/moving/lists/cursor.ts";
import { nextPage, readAccounts, readMe } from "../../worker/moving/lists/mastodon-api.ts";
import { readFollowers } from "../../worker/moving/lists/misskey-api.ts";
import { readCollection } from "../../worker/moving/lists/collection.ts";
import { field } from "../../worker/moving/missing.ts";

const read = (text: string) => readFollowerFile(new TextEncoder().encode(text));

/** Generous on a busy machine; what grows with the square of the size takes minutes. */
const SOON = 8_000;

describe("a follower list that means harm", () => {
  const size = FILE_MAX - 10;
  it.each<[string, string]>([
    ["one long line", "a".repeat(size)],
    ["a line end a character", "\n".repeat(size)],
    ["old line ends only", "a\r".repeat(size / 2)],
    ["a quote that never ends", `"${"a,\n".repeat(size / 4)}`],
    ["quotes only", '"'.repeat(size)],
    ["fields only", ",".repeat(size)],
    ["at signs only", "@".repeat(size)],
    ["a handle with a host that never ends", `a@${"a.".repeat(size / 3)}`],
    ["many handles with the same start", "alice@a.example.\n".repeat(size / 20)],
    ["arrays in arrays", "[".repeat(size / 2) + "]".repeat(size / 2)],
    ["an open array of arrays", "[".repeat(size)],
    ["an array of nothing", `[${"null,".repeat(size / 6)}null]`],
    ["a long word in JSON", `["${"a".repeat(size - 10)}"]`],
  ])("is refused soon: %s", (_, text) => {
    const started = performance.now();
    const file = read(text);
    expect(performance.now() - started).toBeLessThan(SOON);
    expect(file.kind).toBe("unreadable");
    expect((file as { problem: string }).problem.length).toBeLessThan(400);
  });

  it("is refused when it is too large, before it is read", () => {
    expect(readFollowerFile(new Uint8Array(FILE_MAX + 1))).toMatchObject({
      problem: "A list may have at most 5 MB.",
    });
  });

  it.each([
    "alice@host.example/../x",
    "alice@host.example?x",
    "alice@evil.example#@host.example",
    "alice@[::1]",
    "alice@",
    "@host.example",
    "alice@host",
    "a b@host.example",
    "javascript:alert(1)@host.example",
    "<b>@host.example",
    "alice@host.example\u0000",
    "file:///etc/passwd",
    "https://",
    "//host.example/@alice",
  ])("names nobody by %j", (text) => {
    expect(read(text)).toMatchObject({ kind: "unreadable" });
  });

  it("does not reach into objects by the names of their prototypes", () => {
    expect(read('{"__proto__":["alice@a.example"],"constructor":["alice@a.example"]}')).toMatchObject({
      kind: "unreadable",
    });
  });
});

describe("a server that lies about its list", () => {
  it.each<[string, unknown]>([
    ["nothing", null],
    ["text", "x"],
    ["an object", { error: "x" }],
    ["a number", 7],
  ])("is not believed when it answers with %s", (_, json) => {
    expect(readAccounts(json as never, "a.test")).toBeNull();
    expect(readFollowers(json as never, "https://a.test", "a.test")).toBeNull();
    expect(readMe(json as never)).toBeNull();
  });

  it("adds nobody by entries that are none", () => {
    const junk = [
      null,
      7,
      "x",
      [],
      {},
      { acct: 7 },
      { acct: "" },
      { acct: "a@b@c" },
      { uri: "javascript:x" },
    ];
    expect(readAccounts(junk as never, "a.test")).toEqual([]);
    expect(
      readFollowers(junk.map((follower) => ({ id: "1", follower })) as never, "https://a.test", "a.test"),
    ).toEqual({
      people: [],
      next: "1",
    });
    expect(readCollection({ orderedItems: junk, items: { id: 7 } }).people).toEqual([]);
  });

  it.each([
    null,
    "",
    "<>; rel=next",
    '<https://evil.test/x>; rel="next"',
    '<http://a.test/x>; rel="next"',
    '<//evil.test/x>; rel="next"',
    '<https://a.test@evil.test/x>; rel="next"',
    '<https://a.test/x>; rel="prev"',
    "<".repeat(50_000),
  ])("leads its reader nowhere else by the Link %#", (link) => {
    const next = nextPage(link, "https://a.test");
    expect(next).toBeNull();
  });

  it("comes to its end, whatever it says comes next", () => {
    for (const next of [(n: number) => `p${n}`, (n: number) => `p${n % 7}`, (n: number) => `p${n % 1_000}`]) {
      let cursor = readCursor(beginning("a.test"));
      let pages = 0;
      for (let at: typeof cursor | null = cursor; at !== null && pages < 20_000; pages++) {
        cursor = at;
        at = advanced(at, { people: 1, next: next(pages + 1) });
      }
      expect(pages).toBeLessThan(20_000);
    }
  });
});

describe("the table of the missing", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc", "%0A=1"])(
    "has no cell that a spreadsheet would take for a formula: %j",
    (text) => {
      expect(field(text)).toMatch(/^"?'/);
    },
  );

  it("keeps one cell one cell", () => {
    expect(field('a","b')).toBe('"a"",""b"');
    expect(field("a\r\nb")).toBe("a b");
  });
});
